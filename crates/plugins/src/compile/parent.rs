//! The side that waits for a compiling process, but not for ever.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;

use super::child::{COMPILED, HEADER_BYTES};
use crate::Rejection;
use crate::limits::{ARTEFACT_BYTES_MAX, COMPILE_WALL_MAX};

/// Compiles a module in a child, which is gone when this returns.
pub(super) fn compile(
    program: &Path,
    args: &[OsString],
    module: &[u8],
) -> Result<Vec<u8>, Rejection> {
    let spawned = Command::new(program)
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let unavailable = |detail: String| Rejection::CompilerUnavailable { detail: detail.into() };
    let mut child =
        spawned.map_err(|error| unavailable(format!("{}: {error}", program.display())))?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(unavailable("the child has no pipes".into()));
    };
    let (answer, in_time) = converse(&mut child, stdin, stdout, module);
    let status = reap(child).map_err(|error| unavailable(error.to_string()))?;
    if !in_time {
        let detail = format!("no answer within {} s", COMPILE_WALL_MAX.as_secs());
        return Err(Rejection::CompileCost { detail: detail.into() });
    }
    read_answer(answer, status)
}

/// Sends the module and takes the answer; kills the child when time is up. Gives whether it was not.
fn converse(
    child: &mut Child,
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    module: &[u8],
) -> (Vec<u8>, bool) {
    let (done, ended) = sync_channel::<()>(1);
    thread::scope(|scope| {
        // Fails when the child ends before it has read all; its answer then tells why.
        scope.spawn(move || drop(stdin.write_all(module)));
        let reading = scope.spawn(move || {
            let mut answer = Vec::new();
            let bytes_max = ARTEFACT_BYTES_MAX.saturating_add(HEADER_BYTES);
            let limited = stdout.take(u64::try_from(bytes_max).unwrap_or(u64::MAX));
            // What was read before an error is judged by its length below.
            let _ = { limited }.read_to_end(&mut answer);
            drop(done);
            answer
        });
        let in_time = ended.recv_timeout(COMPILE_WALL_MAX) != Err(RecvTimeoutError::Timeout);
        // In time or not, nothing more is expected of it; and the pipes close, which ends the threads.
        kill_unless_done(child, in_time);
        (reading.join().unwrap_or_default(), in_time)
    })
}

/// Ends a child that is late. One that has closed its answer is ending by itself, and is left to, so
/// that it can be told how.
fn kill_unless_done(child: &mut Child, done: bool) {
    if !done && let Err(error) = child.kill() {
        tracing::error!(%error, "cannot kill the compiling process");
    }
}

fn reap(mut child: Child) -> std::io::Result<ExitStatus> {
    child.wait()
}

fn read_answer(mut answer: Vec<u8>, status: ExitStatus) -> Result<Vec<u8>, Rejection> {
    let header = answer.first_chunk::<HEADER_BYTES>();
    let length = header.map(|[_, length @ ..]| u64::from_le_bytes(*length));
    let body_bytes = answer.len().saturating_sub(HEADER_BYTES);
    let whole = length.is_some_and(|length| u64::try_from(body_bytes) == Ok(length));
    if !whole {
        let detail = match status.signal() {
            Some(signal) => format!("the compiler was ended by signal {signal}"),
            None => format!("the compiler stopped with {status} and no answer"),
        };
        return Err(Rejection::CompileCost { detail: detail.into() });
    }
    let compiled = answer.first() == Some(&COMPILED);
    let body = answer.split_off(HEADER_BYTES);
    if compiled {
        return Ok(body);
    }
    let message = body.get(..body.len().min(1_024)).unwrap_or_default();
    Err(Rejection::Compile { detail: String::from_utf8_lossy(message).into() })
}
