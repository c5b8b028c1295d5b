#![doc = include_str!("../README.md")]

pub mod catalog;
pub mod config;
pub mod engine;
pub mod gate;
pub mod stats;
