//! The side that waits for a compiling process, but not for ever.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::child::{COMPILED, HEADER_BYTES, REFUSED};
use crate::Rejection;
use crate::limits::{ARTEFACT_BYTES_MAX, COMPILE_CPU_SECONDS_MAX, COMPILE_WALL_MAX};

/// The signal at the end of the processor time.
const XCPU: i32 = Signal::XCPU.as_raw();
/// The signal of an allocation that failed.
const ABORT: i32 = Signal::ABORT.as_raw();
/// A longer message of the compiler is cut.
const MESSAGE_BYTES_MAX: usize = 1_024;
/// How often it is looked whether a child has ended that has given its answer; then it is killed.
const REAP_TRIES: u32 = 500;
/// Between two looks.
const REAP_PAUSE: Duration = Duration::from_millis(2);

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
    let status = reap(&mut child).map_err(|error| unavailable(error.to_string()))?;
    if !in_time {
        let detail = format!("no answer within {} s", COMPILE_WALL_MAX.as_secs());
        return Err(Rejection::CompileCost { detail: detail.into() });
    }
    read_answer(answer, status)
}

/// Sends the module and takes the answer; kills the child when time is up. Gives whether it was
/// not.
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
            let bytes_max = ARTEFACT_BYTES_MAX.saturating_add(HEADER_BYTES);
            let mut limited = stdout.take(u64::try_from(bytes_max).unwrap_or(u64::MAX));
            let mut answer = Vec::new();
            // What was read before an error is judged by its length.
            let _ = limited.read_to_end(&mut answer);
            drop(done);
            answer
        });
        let in_time = ended.recv_timeout(COMPILE_WALL_MAX) != Err(RecvTimeoutError::Timeout);
        if !in_time {
            // Its pipes close with it, and that ends the threads.
            kill(child);
        }
        (reading.join().unwrap_or_default(), in_time)
    })
}

/// Waits until the child is gone. It has said all that is listened to, and gets a moment to end by
/// itself, so that it can be told how it did.
fn reap(child: &mut Child) -> io::Result<ExitStatus> {
    let (_never, quiet) = sync_channel::<()>(1);
    for _ in 0..REAP_TRIES {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let _ = quiet.recv_timeout(REAP_PAUSE);
    }
    kill(child);
    child.wait()
}

fn kill(child: &mut Child) {
    if let Err(error) = child.kill() {
        tracing::error!(%error, "cannot kill the compiling process");
    }
}

fn read_answer(mut answer: Vec<u8>, ended: ExitStatus) -> Result<Vec<u8>, Rejection> {
    let header = answer.first_chunk::<HEADER_BYTES>();
    let length = header.map(|[_, length @ ..]| u64::from_le_bytes(*length));
    let body_bytes = answer.len().saturating_sub(HEADER_BYTES);
    if length.is_none_or(|length| u64::try_from(body_bytes) != Ok(length)) {
        return Err(no_answer(ended));
    }
    let status = answer.first().copied();
    let body = answer.split_off(HEADER_BYTES);
    if status == Some(COMPILED) {
        return Ok(body);
    }
    let message = body.get(..body.len().min(MESSAGE_BYTES_MAX)).unwrap_or_default();
    let detail = String::from_utf8_lossy(message).into();
    match status {
        Some(REFUSED) => Err(Rejection::Compile { detail }),
        _ => Err(Rejection::CompilerUnavailable { detail }),
    }
}

/// Why a child ended without an answer, or with a part of one.
fn no_answer(ended: ExitStatus) -> Rejection {
    let detail = match ended.signal() {
        Some(XCPU) => format!("more than {COMPILE_CPU_SECONDS_MAX} s of processor time"),
        Some(ABORT) => "more memory than it may have".into(),
        Some(signal) => format!("the compiler was ended by signal {signal}"),
        None if ended.success() => format!("more than {ARTEFACT_BYTES_MAX} bytes of machine code"),
        None => {
            let detail = format!("it stopped with {ended} and no answer").into();
            return Rejection::CompilerUnavailable { detail };
        }
    };
    Rejection::CompileCost { detail: detail.into() }
}
