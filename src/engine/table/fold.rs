//! Custom aggregates: a state that is updated batch by batch, serialises to bytes, and merges.
//!
//! The result of such an aggregate is its state, so that statistics are computed elsewhere, in one place.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

/// State that is folded over one column.
pub(crate) trait Fold: Default + Debug + Send + Sync + 'static {
    /// The name of the aggregate.
    const NAME: &'static str;
    /// The type that the column is cast to.
    const READS: DataType;

    /// Adds a batch of the column, in the type [`Self::READS`].
    fn update(&mut self, column: &ArrayRef) -> Result<()>;
    /// Returns the state as bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// Merges the bytes of another state.
    fn merge(&mut self, bytes: &[u8]) -> Result<()>;
    /// Returns the approximate memory, in bytes.
    fn size(&self) -> usize;
}

/// Returns the aggregate that folds this state.
pub(crate) fn aggregate<F: Fold>() -> AggregateUDF {
    let signature = Signature::exact(vec![F::READS], Volatility::Immutable);
    AggregateUDF::from(Aggregate::<F> { signature, state: PhantomData })
}

struct Aggregate<F> {
    signature: Signature,
    state: PhantomData<fn() -> F>,
}

impl<F> Debug for Aggregate<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aggregate").finish_non_exhaustive()
    }
}

impl<F> PartialEq for Aggregate<F> {
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}

impl<F> Eq for Aggregate<F> {}

impl<F> Hash for Aggregate<F> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.signature.hash(state);
    }
}

impl<F: Fold> AggregateUDFImpl for Aggregate<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::LargeBinary)
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(RunningFold(F::default())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[state]", args.name), DataType::LargeBinary, true))])
    }
}

#[derive(Debug)]
struct RunningFold<F>(F);

impl<F: Fold> Accumulator for RunningFold<F> {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        columns.iter().try_for_each(|column| self.0.update(column))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[0].as_binary::<i64>().iter().flatten().try_for_each(|bytes| self.0.merge(bytes))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::LargeBinary(Some(self.0.to_bytes())))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size()
    }
}
