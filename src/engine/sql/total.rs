//! The function `sum` for whole numbers, without overflow.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

use super::names;
use crate::engine::types::type_name;

/// The type in which 64-bit whole numbers are added: no table that fits a disk has a sum beyond 128 bits.
const ADDED: DataType = DataType::Decimal128(20, 0);
const SUM: DataType = DataType::Decimal128(30, 0);

/// Returns the engine's `sum`, except that whole numbers are added with more digits than their sum can have.
pub(in crate::engine) fn total() -> AggregateUDF {
    AggregateUDF::from(Total { inner: sum_udaf() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Total {
    inner: Arc<AggregateUDF>,
}

/// Returns the arguments for the engine's `sum` of wide numbers.
fn wide<'a>(args: &AccumulatorArgs<'a>) -> AccumulatorArgs<'a> {
    AccumulatorArgs {
        return_field: Arc::new(Field::new(args.return_field.name(), SUM, true)),
        schema: args.schema,
        ignore_nulls: args.ignore_nulls,
        order_bys: args.order_bys,
        is_reversed: args.is_reversed,
        name: args.name,
        is_distinct: args.is_distinct,
        exprs: args.exprs,
        expr_fields: args.expr_fields,
    }
}

impl AggregateUDFImpl for Total {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, of: &[DataType]) -> Result<DataType> {
        self.inner.return_type(of)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if !args.return_field.data_type().is_integer() {
            return self.inner.accumulator(args);
        }
        let back = Back::new(&args);
        Ok(Box::new(TotalSum { inner: self.inner.accumulator(wide(&args))?, back }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if !args.return_field.data_type().is_integer() {
            return self.inner.state_fields(args);
        }
        let return_field = Arc::new(Field::new(args.return_field.name(), SUM, true));
        self.inner.state_fields(StateFieldsArgs { return_field, ..args })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        if !args.return_field.data_type().is_integer() {
            return self.inner.create_groups_accumulator(args);
        }
        let back = Back::new(&args);
        Ok(Box::new(Sums { inner: self.inner.create_groups_accumulator(wide(&args))?, back }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if !args.return_field.data_type().is_integer() {
            return self.inner.create_sliding_accumulator(args);
        }
        let back = Back::new(&args);
        Ok(Box::new(TotalSum { inner: self.inner.create_sliding_accumulator(wide(&args))?, back }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

fn added(values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let wide = values.iter().map(|values| cast_with_options(values, &ADDED, &options));
    Ok(wide.collect::<std::result::Result<_, _>>()?)
}

/// Conversion of a sum back to its type.
#[derive(Debug)]
struct Back {
    text: String,
    to: DataType,
}

impl Back {
    fn new(args: &AccumulatorArgs<'_>) -> Self {
        Self { text: names::plain(args.name).into_owned(), to: args.return_field.data_type().clone() }
    }

    fn beyond(&self) -> DataFusionError {
        DataFusionError::Execution(format!(
            "`{}` goes beyond the range of {}; add up `CAST(… AS DECIMAL(38, 0))`",
            self.text,
            type_name(&self.to)
        ))
    }

    fn array(&self, sums: &ArrayRef) -> Result<ArrayRef> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(sums, &self.to, &options).map_err(|_| self.beyond())
    }
}

#[derive(Debug)]
struct TotalSum {
    inner: Box<dyn Accumulator>,
    back: Back,
}

impl Accumulator for TotalSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&added(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&self.back.array(&sum)?, 0)
    }

    fn size(&self) -> usize {
        self.inner.size() + size_of::<Back>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&added(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

struct Sums {
    inner: Box<dyn GroupsAccumulator>,
    back: Back,
}

impl GroupsAccumulator for Sums {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> Result<()> {
        self.inner.update_batch(&added(values)?, group_indices, filter, groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let sums = self.inner.evaluate(emit_to)?;
        self.back.array(&sums)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], groups: usize) -> Result<()> {
        self.inner.merge_batch(values, group_indices, groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let states = self.inner.convert_to_state(&added(values)?, filter)?;
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let sums = states.iter().map(|state| cast_with_options(state, &SUM, &options));
        Ok(sums.collect::<std::result::Result<_, _>>()?)
    }

    fn size(&self) -> usize {
        self.inner.size() + size_of::<Back>()
    }
}
