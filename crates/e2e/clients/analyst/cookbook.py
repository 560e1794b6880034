"""Reads the tables of a server as analysts do, and prints what it finds as one JSON object.

usage: cookbook.py README DATA

README is that of the crate `analytics`: every block of SQL in its cookbook is run with DuckDB, in order,
over the tables in DATA; what a query gives is told under the heading of its block. Beside that, the rows
of every table are counted with DuckDB, pyarrow and polars.
"""

import datetime
import decimal
import json
import pathlib
import re
import sys

import duckdb
import polars
import pyarrow.dataset

TABLES = ["exposures", "outcomes", "events"]


def blocks(readme):
    """The heading and the text of each block of SQL."""
    text = readme.read_text(encoding="utf-8")
    return re.findall(r"^### ([^\n]+)\n(?:(?!^### ).)*?```sql\n(.*?)```", text, re.M | re.S)


def plain(value):
    if isinstance(value, (datetime.date, decimal.Decimal)):
        return str(value)
    return value


def cookbook(readme, data):
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    found = {}
    for heading, sql in blocks(readme):
        result = database.execute(sql.replace("'data/", f"'{data}/"))
        columns = [column[0] for column in result.description]
        rows = [dict(zip(columns, map(plain, row))) for row in result.fetchall()]
        found[heading] = rows
    return database, found


def counts(database, data):
    told = {}
    for table in TABLES:
        files = sorted(map(str, data.glob(f"parquet/tenant=*/table={table}/**/*.parquet")))
        arrow = pyarrow.dataset.dataset(
            files, partitioning="hive", partition_base_dir=str(data / "parquet")
        )
        lazy = polars.scan_parquet(files, hive_partitioning=True)
        told[table] = {
            "duckdb": database.execute(f"SELECT count(*) FROM {table}").fetchone()[0],
            "pyarrow": arrow.to_table().num_rows,
            "polars": lazy.collect().height,
            "tenants": sorted(set(arrow.to_table()["tenant"].to_pylist())),
            "lsns": len(set(lazy.select("lsn").collect()["lsn"])),
        }
    return told


def main():
    readme, data = map(pathlib.Path, sys.argv[1:])
    database, found = cookbook(readme, data)
    json.dump({"cookbook": found, "counts": counts(database, data)}, sys.stdout)


main()
