//! The lower bound of every scan: decoding all columns of a Parquet file on all cores, without using them.
//!
//! `MLGATE_BENCH_FILE=data.parquet cargo bench --bench decode`; without the variable there is nothing to decode. The
//! file is decoded three times, or `MLGATE_BENCH_ROUNDS` times.

#![allow(clippy::print_stdout, reason = "the output is the point")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

fn main() {
    let Some(path) = std::env::var_os("MLGATE_BENCH_FILE") else {
        println!("MLGATE_BENCH_FILE names no file");
        return;
    };
    let groups =
        ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().metadata().num_row_groups();
    let rounds = std::env::var("MLGATE_BENCH_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    for _ in 0..rounds {
        let (next, rows, start) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    loop {
                        let group = next.fetch_add(1, Ordering::Relaxed);
                        if group >= groups {
                            return;
                        }
                        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
                        for batch in reader.with_row_groups(vec![group]).with_batch_size(8192).build().unwrap() {
                            rows.fetch_add(batch.unwrap().num_rows(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        println!("{} rows decoded in {:.3} s", rows.into_inner(), start.elapsed().as_secs_f64());
    }
}
