//! Functions that can turn short texts into long ones, limited to the memory of a query.
//!
//! `repeat('x', 1000000000)` is a gigabyte for each row, and nested calls of `replace` double a text each time. So the
//! length of the results for a batch of rows is computed before the results are.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewArray, StringViewBuilder};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, ExprSchema, Result, ScalarValue};
use datafusion::execution::context::SessionContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

/// The most bytes of the texts that a function returns for a batch of rows.
const MOST: u128 = 256 << 20;
/// The most steps of `levenshtein` for two texts: the product of their lengths.
const MOST_STEPS: u128 = 1_000_000_000;

/// Replaces the engine's functions by bounded ones.
pub(super) fn register(context: &SessionContext) {
    let pool = Arc::clone(&context.runtime_env().memory_pool);
    let functions = context.state().scalar_functions().clone();
    let named = |name: &str| functions.get(name).cloned();
    for (name, length) in BOUNDED {
        if let Some(inner) = named(name) {
            context.register_udf(ScalarUDF::from(Bounded { inner, length: *length, pool: Pool(Arc::clone(&pool)) }));
        }
    }
}

/// Rule for the length of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Length {
    /// A text, repeated.
    Repeated,
    /// A number of characters.
    Padded,
    /// A text with one part replaced by another.
    Replaced,
    /// A text with the matches of a pattern replaced.
    ReplacedMatches,
    /// All texts with a separator between them.
    Together,
    /// At most this many bytes for each byte.
    Times(u8),
    /// A short result, but work proportional to the product of both lengths.
    Product,
}

const BOUNDED: &[(&str, Length)] = &[
    ("repeat", Length::Repeated),
    ("lpad", Length::Padded),
    ("rpad", Length::Padded),
    ("replace", Length::Replaced),
    ("regexp_replace", Length::ReplacedMatches),
    ("concat", Length::Together),
    ("concat_ws", Length::Together),
    ("overlay", Length::Together),
    ("translate", Length::Times(4)),
    ("upper", Length::Times(3)),
    ("lower", Length::Times(3)),
    ("initcap", Length::Times(3)),
    ("to_char", Length::Times(16)),
    ("levenshtein", Length::Product),
];

/// The pool that provides the memory of a query.
#[derive(Debug)]
struct Pool(Arc<dyn MemoryPool>);

impl PartialEq for Pool {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Pool {}

impl std::hash::Hash for Pool {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}

impl Pool {
    fn reserve(&self, name: &str, bytes: u128) -> Result<MemoryReservation> {
        let text_bytes = usize::try_from(bytes).ok().filter(|_| bytes <= MOST).ok_or_else(|| {
            DataFusionError::Execution(format!(
                "`{name}` makes {} MB of text from some rows at once; limit: {} MB",
                bytes.div_ceil(1 << 20),
                MOST >> 20
            ))
        })?;
        let reserved = MemoryConsumer::new("texts of SQL").register(&self.0);
        reserved.try_grow(text_bytes)?;
        Ok(reserved)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    length: Length,
    pool: Pool,
}

/// A text argument; a constant has one value for all rows.
struct TextArgument(StringViewArray);

impl TextArgument {
    fn new(value: &ColumnarValue) -> Result<Self> {
        let array = match value {
            ColumnarValue::Array(array) => Arc::clone(array),
            ColumnarValue::Scalar(value) => value.to_array()?,
        };
        Ok(Self(cast(&array, &DataType::Utf8View)?.as_string_view().clone()))
    }

    fn row(&self, row: usize) -> Option<&str> {
        let row = if self.0.len() == 1 { 0 } else { row };
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

struct NumberArgument(Int64Array);

impl NumberArgument {
    fn new(value: &ColumnarValue) -> Result<Self> {
        let array = match value {
            ColumnarValue::Array(array) => Arc::clone(array),
            ColumnarValue::Scalar(value) => value.to_array()?,
        };
        let options = CastOptions { safe: true, ..CastOptions::default() };
        Ok(Self(cast_with_options(&array, &DataType::Int64, &options)?.as_primitive::<Int64Type>().clone()))
    }

    fn row(&self, row: usize) -> u128 {
        let row = if self.0.len() == 1 { 0 } else { row };
        if self.0.is_valid(row) { u128::try_from(self.0.value(row)).unwrap_or(0) } else { 0 }
    }
}

fn length(text: Option<&str>) -> u128 {
    text.map_or(0, |text| text.len() as u128)
}

/// Returns the length of a text after replacement, in bytes.
fn replaced(text: &str, from: &str, to: &str) -> u128 {
    let (length, from_length, to_length) = (text.len() as u128, from.len() as u128, to.len() as u128);
    if from.is_empty() {
        return length + (length + 1) * to_length;
    }
    if to_length <= from_length {
        return length;
    }
    let most = length / from_length * (to_length - from_length);
    // Most texts are short, and need not be searched.
    let grown = if most <= 1 << 16 { most } else { text.matches(from).count() as u128 * (to_length - from_length) };
    length + grown
}

impl Bounded {
    /// Returns an upper bound of the length of the results for a batch, in bytes.
    fn bytes(&self, args: &[ColumnarValue], rows: usize) -> Result<u128> {
        let rows = if args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_))) { 1 } else { rows };
        let text = |at: usize| args.get(at).map(TextArgument::new).transpose();
        let (Some(first), second) = (text(0)?, args.get(1)) else { return Ok(0) };
        Ok(match (self.length, second) {
            (Length::Repeated, Some(times)) => {
                let times = NumberArgument::new(times)?;
                (0..rows).map(|row| length(first.row(row)).saturating_mul(times.row(row))).fold(0, u128::saturating_add)
            }
            (Length::Padded, Some(letters)) => {
                let (letters, fill) = (NumberArgument::new(letters)?, text(2)?);
                let wide = |row: usize| {
                    let fill = fill.as_ref().and_then(|fill| fill.row(row));
                    if [first.row(row), fill].into_iter().flatten().all(str::is_ascii) { 1 } else { 4 }
                };
                (0..rows).map(|row| letters.row(row).saturating_mul(wide(row))).fold(0, u128::saturating_add)
            }
            (Length::Replaced | Length::ReplacedMatches, Some(from)) => {
                let (from, to) = (TextArgument::new(from)?, text(2)?);
                let of_row = |row: usize| {
                    let (text, from) = (first.row(row).unwrap_or(""), from.row(row).unwrap_or(""));
                    let to = to.as_ref().and_then(|to| to.row(row)).unwrap_or("");
                    match self.length {
                        Length::Replaced => replaced(text, from, to),
                        // Each `\1` may stand for the whole match.
                        _ => {
                            let (length, to_length) = (text.len() as u128, to.len() as u128);
                            let most = (length + 1) * to_length;
                            let groups = if most > MOST { 0 } else { to.matches(['\\', '$']).count() as u128 };
                            length * (1 + groups) + most
                        }
                    }
                };
                (0..rows).map(of_row).fold(0, u128::saturating_add)
            }
            (Length::Together, _) => {
                let texts: Vec<TextArgument> =
                    args.iter().filter(|arg| !is_number(arg)).map(TextArgument::new).collect::<Result<_>>()?;
                let separator = if self.inner.name() == "concat_ws" { texts.len() as u128 } else { 1 };
                let of_row = |row: usize| {
                    let lengths = texts.iter().map(|text| length(text.row(row)));
                    lengths.enumerate().map(|(at, length)| if at == 0 { length * separator } else { length }).sum()
                };
                (0..rows).map(of_row).fold(0, u128::saturating_add)
            }
            (Length::Times(times), second) => {
                let format =
                    if self.inner.name() == "to_char" { second.map(TextArgument::new).transpose()? } else { None };
                let texts = format.unwrap_or(first);
                (0..rows).map(|row| length(texts.row(row)) * u128::from(times)).fold(0, u128::saturating_add)
            }
            (Length::Product, Some(other)) => {
                let other = TextArgument::new(other)?;
                let most = (0..rows).map(|row| length(first.row(row)) * length(other.row(row))).max().unwrap_or(0);
                if most > MOST_STEPS {
                    return Err(DataFusionError::Execution(format!(
                        "`{}` of two texts would take {most} steps; limit: {MOST_STEPS}; compare \
                         `left(…, 10000)` of them",
                        self.inner.name()
                    )));
                }
                0
            }
            (_, None) => 0,
        })
    }
}

fn is_number(value: &ColumnarValue) -> bool {
    value.data_type().is_numeric()
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, of: &[DataType]) -> Result<DataType> {
        self.inner.return_type(of)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, of: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.inner().coerce_types(of)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let bytes = self.bytes(&args.args, args.number_rows)?;
        let _reserved = self.pool.reserve(self.name(), bytes)?;
        self.inner.invoke_with_args(args)
    }
}

/// Returns a bounded `left || right`, if the result is text.
pub(super) fn joined(left: Expr, right: Expr, schema: &dyn ExprSchema) -> Result<Expr> {
    let (of_left, of_right) = (left.get_type(schema)?, right.get_type(schema)?);
    let whole = BinaryTypeCoercer::new(&of_left, &Operator::StringConcat, &of_right).get_result_type()?;
    if !whole.is_string() {
        return Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), Operator::StringConcat, Box::new(right))));
    }
    let operands = vec![left.cast_to(&DataType::Utf8View, schema)?, right.cast_to(&DataType::Utf8View, schema)?];
    Ok(ScalarUDF::from(Joined { signature: Signature::any(2, Volatility::Immutable) }).call(operands))
}

/// Concatenation of two texts; null if one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    signature: Signature,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &'static str {
        "joined"
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        Ok(args.iter().map(super::names::text).collect::<Vec<_>>().join(" || "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts: Vec<TextArgument> = args.args.iter().map(TextArgument::new).collect::<Result<_>>()?;
        let [left, right] = texts.as_slice() else {
            return Err(DataFusionError::Internal("`||` has two sides".to_owned()));
        };
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let bytes = (0..rows).map(|row| length(left.row(row)) + length(right.row(row))).sum::<u128>();
        if bytes > MOST {
            return Err(DataFusionError::Execution(format!(
                "`||` makes {} MB of text from some rows at once; limit: {} MB",
                bytes.div_ceil(1 << 20),
                MOST >> 20
            )));
        }
        let mut joined = StringViewBuilder::with_capacity(rows);
        let mut whole = String::new();
        for row in 0..rows {
            match left.row(row).zip(right.row(row)) {
                Some((left, right)) => {
                    whole.clear();
                    whole.push_str(left);
                    whole.push_str(right);
                    joined.append_value(&whole);
                }
                None => joined.append_null(),
            }
        }
        let joined: ArrayRef = Arc::new(joined.finish());
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&joined, 0)?)
        } else {
            ColumnarValue::Array(joined)
        })
    }
}
