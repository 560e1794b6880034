//! Rows of one table as a Parquet file, and back.
//!
//! A file is one row group with zstd, since the exporter bounds how many rows there are. Nothing in it
//! depends on when it was written: no time, no name of a machine, and the name of the writer is a
//! constant. Rows are pushed by columns, so a value that is absent costs two bytes.

use std::sync::{Arc, LazyLock};

use model::Timestamp;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion,
};
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};

use super::Table;
use super::column::{Column, Kind, Value};
use super::place::tellable;
use crate::error::AnalyticsError;

/// Rows that are not yet a file.
#[derive(Debug)]
pub(crate) struct Batch {
    table: Table,
    buffers: Vec<Buffer>,
    rows: usize,
}

/// The values of one column.
#[derive(Debug)]
struct Buffer {
    column: Column,
    values: Values,
    /// Whether there is a value, by row: 1 or 0. Empty for a column that always has one.
    levels: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Text(Vec<ByteArray>),
    Flag(Vec<bool>),
    Long(Vec<i64>),
    Huge(Vec<FixedLenByteArray>),
}

/// Bytes of a [`Kind::Huge`]: 38 digits need 127 bits.
const HUGE_BYTES: i32 = 16;
const HUGE_DIGITS: i32 = 38;

/// Who wrote a file. It changes when the same rows would give other bytes.
const CREATED_BY: &str = "vitrine tables 5";

static PROPERTIES: LazyLock<WriterPropertiesPtr> = LazyLock::new(|| {
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        // What every reader understands.
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(None);
    Arc::new(properties.build())
});

// === impl Batch ===

impl Batch {
    pub(crate) fn new(table: Table) -> Self {
        let buffers = table.columns().iter().map(Buffer::new).collect();
        Self { table, buffers, rows: 0 }
    }

    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it has more or fewer values than the table has columns, or others.
    pub(crate) fn push<'v>(
        &mut self,
        mut row: impl Iterator<Item = Value<'v>>,
    ) -> Result<(), AnalyticsError> {
        let unfit = || AnalyticsError::RowUnfit { table: self.table.as_str() };
        for buffer in &mut self.buffers {
            buffer.push(row.next().ok_or_else(unfit)?).ok_or_else(unfit)?;
        }
        self.rows += 1;
        row.next().map_or(Ok(()), |_| Err(unfit()))
    }

    /// The rows as a Parquet file.
    ///
    /// # Errors
    /// When the encoder refuses them.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, ParquetError> {
        let schema = schema(self.table)?;
        let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::clone(&PROPERTIES))?;
        let mut group = file.next_row_group()?;
        for buffer in &self.buffers {
            let missing = || ParquetError::General("a column is missing".to_owned());
            let mut column = group.next_column()?.ok_or_else(missing)?;
            buffer.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        file.into_inner()
    }
}

/// Gives every row of a file to `row`, in their order.
///
/// # Errors
/// When it is no Parquet file, or `row` refuses.
pub(crate) fn each_row<E: From<ParquetError>>(
    file: impl ChunkReader + 'static,
    mut row: impl FnMut(&[Value<'_>]) -> Result<(), E>,
) -> Result<(), E> {
    let reader = SerializedFileReader::new(file)?;
    for fields in reader.get_row_iter(None)? {
        let fields = fields?;
        let values: Result<Vec<_>, _> =
            fields.get_column_iter().map(|(_, field)| value_of(field)).collect();
        row(&values?)?;
    }
    Ok(())
}

fn value_of(field: &Field) -> Result<Value<'_>, ParquetError> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::Flag(*flag),
        Field::Long(number) => Value::Long(*number),
        Field::Str(text) => Value::Text(text),
        Field::TimestampMillis(ms) => Value::Time(Timestamp::from_ms(*ms)),
        Field::Decimal(number) => {
            let wrong = |_| ParquetError::General("a decimal of another length".to_owned());
            Value::Huge(i128::from_be_bytes(number.data().try_into().map_err(wrong)?))
        }
        other => return Err(ParquetError::General(format!("a value of no column: {other}"))),
    })
}

fn schema(table: Table) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> =
        table.columns().iter().map(|column| Ok(Arc::new(type_of(column)?))).collect();
    let group = Type::group_type_builder(table.as_str()).with_fields(fields?);
    Ok(Arc::new(group.build()?))
}

fn type_of(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Long => (Physical::INT64, None),
        Kind::Huge => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(0, HUGE_DIGITS))),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
    };
    let repetition = if column.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let builder = Type::primitive_type_builder(column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical);
    match column.kind {
        Kind::Huge => {
            builder.with_length(HUGE_BYTES).with_precision(HUGE_DIGITS).with_scale(0).build()
        }
        Kind::Text | Kind::Flag | Kind::Long | Kind::Time => builder.build(),
    }
}

// === impl Buffer ===

impl Buffer {
    fn new(column: &Column) -> Self {
        let values = match column.kind {
            Kind::Text => Values::Text(Vec::new()),
            Kind::Flag => Values::Flag(Vec::new()),
            Kind::Long | Kind::Time => Values::Long(Vec::new()),
            Kind::Huge => Values::Huge(Vec::new()),
        };
        Self { column: *column, values, levels: Vec::new() }
    }

    /// Adds a value; `None` when it is none of the column's.
    fn push(&mut self, value: Value<'_>) -> Option<()> {
        match (&mut self.values, self.column.kind, value) {
            (_, _, Value::Null) => {}
            (Values::Text(all), Kind::Text, Value::Text(text)) => all.push(text.into()),
            (Values::Flag(all), Kind::Flag, Value::Flag(flag)) => all.push(flag),
            (Values::Long(all), Kind::Long, Value::Long(number)) => all.push(number),
            (Values::Long(all), Kind::Time, Value::Time(time)) => {
                all.push(tellable(time).ms());
            }
            (Values::Huge(all), Kind::Huge, Value::Huge(number)) => {
                all.push(number.to_be_bytes().to_vec().into());
            }
            _ => return None,
        }
        match (self.column.nullable, value) {
            (false, Value::Null) => None,
            (false, _) => Some(()),
            (true, value) => {
                self.levels.push(i16::from(value != Value::Null));
                Some(())
            }
        }
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = self.column.nullable.then_some(&*self.levels);
        match &self.values {
            Values::Text(all) => column.typed::<ByteArrayType>().write_batch(all, levels, None),
            Values::Flag(all) => column.typed::<BoolType>().write_batch(all, levels, None),
            Values::Long(all) => column.typed::<Int64Type>().write_batch(all, levels, None),
            Values::Huge(all) => {
                column.typed::<FixedLenByteArrayType>().write_batch(all, levels, None)
            }
        }?;
        Ok(())
    }
}
