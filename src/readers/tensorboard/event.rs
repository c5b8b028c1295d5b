//! Messages of event files, with the fields that are read (`event.proto`, `summary.proto`, `tensor.proto`, and the
//! `api.proto` of the plugin for hyperparameters).

use std::collections::HashMap;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(string, optional, tag = "3")]
    pub(super) file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<EventSummary>,
    #[prost(message, optional, tag = "7")]
    pub(super) session_log: Option<SessionLog>,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct SessionLog {
    /// 1: the session starts, and later steps of earlier sessions do not count.
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EventSummary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<SummaryValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SummaryValue {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    /// The value, as the first version of the format has it.
    #[prost(float, optional, tag = "2")]
    pub(super) simple_value: Option<f32>,
    /// The value, as the second version has it.
    #[prost(message, optional, tag = "8")]
    pub(super) tensor: Option<Tensor>,
    /// Only with the first value of a tag.
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<SummaryMetadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub(super) plugin_data: Option<PluginData>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PluginData {
    #[prost(string, tag = "1")]
    pub(super) plugin_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) content: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShape>,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub(super) float_val: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub(super) double_val: Vec<f64>,
    #[prost(int32, repeated, tag = "7")]
    pub(super) int_val: Vec<i32>,
    #[prost(int64, repeated, tag = "10")]
    pub(super) int64_val: Vec<i64>,
    #[prost(bool, repeated, tag = "11")]
    pub(super) bool_val: Vec<bool>,
    #[prost(int32, repeated, tag = "13")]
    pub(super) half_val: Vec<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub(super) dim: Vec<TensorDimension>,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct TensorDimension {
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}

/// The content of the plugin for hyperparameters.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HparamsContent {
    #[prost(message, optional, tag = "3")]
    pub(super) start: Option<SessionStart>,
    #[prost(message, optional, tag = "4")]
    pub(super) end: Option<SessionEnd>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SessionStart {
    #[prost(map = "string, message", tag = "1")]
    pub(super) hparams: HashMap<String, HparamValue>,
    #[prost(string, tag = "4")]
    pub(super) group_name: String,
    #[prost(double, tag = "5")]
    pub(super) start_time_secs: f64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct SessionEnd {
    /// 1: success, 2: failure, 3: running.
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

/// A value of `google.protobuf.Struct`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HparamValue {
    #[prost(double, optional, tag = "2")]
    pub(super) number: Option<f64>,
    #[prost(string, optional, tag = "3")]
    pub(super) text: Option<String>,
    #[prost(bool, optional, tag = "4")]
    pub(super) flag: Option<bool>,
}

impl HparamValue {
    /// Returns the value as text; a whole number has no fraction.
    pub(super) fn shown(&self) -> String {
        match (self.number, &self.text, self.flag) {
            (Some(number), ..) => number.to_string(),
            (_, Some(text), _) => text.clone(),
            (_, _, Some(flag)) => flag.to_string(),
            _ => "null".to_owned(),
        }
    }
}

/// The types of tensors that hold a number (`types.proto`).
mod dtype {
    pub(super) const FLOAT: i32 = 1;
    pub(super) const DOUBLE: i32 = 2;
    pub(super) const INT32: i32 = 3;
    pub(super) const UINT8: i32 = 4;
    pub(super) const INT16: i32 = 5;
    pub(super) const INT8: i32 = 6;
    pub(super) const INT64: i32 = 9;
    pub(super) const BOOL: i32 = 10;
    pub(super) const BFLOAT16: i32 = 14;
    pub(super) const HALF: i32 = 19;
}

impl Tensor {
    /// Returns the number of a tensor that holds exactly one.
    pub(super) fn scalar(&self) -> Option<f64> {
        let is_scalar = self.shape.as_ref().is_none_or(|shape| shape.dim.iter().all(|dimension| dimension.size == 1));
        if !is_scalar {
            return None;
        }
        if self.content.is_empty() { self.listed() } else { self.packed() }
    }

    fn packed(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "TensorBoard shows integers as floats as well")]
        let wide = |number: i64| number as f64;
        let bytes = self.content.as_slice();
        Some(match self.dtype {
            dtype::FLOAT => f64::from(f32::from_le_bytes(bytes.try_into().ok()?)),
            dtype::DOUBLE => f64::from_le_bytes(bytes.try_into().ok()?),
            dtype::INT32 => f64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
            dtype::INT16 => f64::from(i16::from_le_bytes(bytes.try_into().ok()?)),
            dtype::INT8 => f64::from(i8::from_le_bytes(bytes.try_into().ok()?)),
            dtype::UINT8 | dtype::BOOL => f64::from(u8::from_le_bytes(bytes.try_into().ok()?)),
            dtype::INT64 => wide(i64::from_le_bytes(bytes.try_into().ok()?)),
            dtype::HALF => half(u16::from_le_bytes(bytes.try_into().ok()?)),
            dtype::BFLOAT16 => brain(u16::from_le_bytes(bytes.try_into().ok()?)),
            _ => return None,
        })
    }

    fn listed(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "TensorBoard shows integers as floats as well")]
        let wide = |number: i64| number as f64;
        let halves = || self.half_val.first().and_then(|bits| u16::try_from(*bits).ok());
        match self.dtype {
            dtype::FLOAT => self.float_val.first().map(|number| f64::from(*number)),
            dtype::DOUBLE => self.double_val.first().copied(),
            dtype::INT32 | dtype::INT16 | dtype::INT8 | dtype::UINT8 => {
                self.int_val.first().map(|number| f64::from(*number))
            }
            dtype::INT64 => self.int64_val.first().map(|number| wide(*number)),
            dtype::BOOL => self.bool_val.first().map(|flag| f64::from(u8::from(*flag))),
            dtype::HALF => halves().map(half),
            dtype::BFLOAT16 => halves().map(brain),
            _ => None,
        }
    }
}

/// Widens a 16-bit float of IEEE 754.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    let size = match (bits >> 10) & 0x1f {
        0 => fraction * (2_f64).powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction) * (2_f64).powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Widens a `bfloat16`, which is the upper half of a 32-bit float.
fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(dtype: i32, content: &[u8]) -> Tensor {
        Tensor { dtype, content: content.to_vec(), ..Tensor::default() }
    }

    #[test]
    fn scalars_of_every_type() {
        assert_eq!(tensor(1, &0.1_f32.to_le_bytes()).scalar(), Some(f64::from(0.1_f32)));
        assert_eq!(tensor(2, &0.1_f64.to_le_bytes()).scalar(), Some(0.1));
        assert_eq!(tensor(3, &(-7_i32).to_le_bytes()).scalar(), Some(-7.0));
        assert_eq!(tensor(9, &(1_i64 << 40).to_le_bytes()).scalar(), Some(1_099_511_627_776.0));
        assert_eq!(tensor(10, &[1]).scalar(), Some(1.0));
        assert_eq!(tensor(19, &0x3555_u16.to_le_bytes()).scalar(), Some(0.333_251_953_125));
        assert_eq!(tensor(19, &0xfc00_u16.to_le_bytes()).scalar(), Some(f64::NEG_INFINITY));
        assert_eq!(tensor(14, &0x3f80_u16.to_le_bytes()).scalar(), Some(1.0));
        assert_eq!(Tensor { dtype: 1, float_val: vec![0.5], ..Tensor::default() }.scalar(), Some(0.5));
        assert_eq!(Tensor { dtype: 9, int64_val: vec![5], ..Tensor::default() }.scalar(), Some(5.0));
    }

    #[test]
    fn others_are_no_scalars() {
        assert_eq!(tensor(1, &[0; 8]).scalar(), None);
        assert_eq!(tensor(7, b"text").scalar(), None);
        assert_eq!(tensor(1, &[]).scalar(), None);
        let vector = TensorShape { dim: vec![TensorDimension { size: 2 }] };
        assert_eq!(Tensor { shape: Some(vector), ..tensor(1, &[0; 4]) }.scalar(), None);
    }
}
