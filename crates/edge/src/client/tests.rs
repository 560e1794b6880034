//! The client against a server that does exactly what each test says.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::limits::{ANSWER_BYTES_MAX, TRIES_MAX};
use super::{Client, ClientError};

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    /// Answers this and keeps the connection.
    Keep(String),
    /// Answers this and closes the connection without having said so.
    Close(String),
    /// Closes the connection without an answer.
    HangUp,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arrived {
    connection: usize,
    line: String,
    authorization: String,
    body: String,
}

/// A server that acts once for each request and then gives what arrived.
async fn server(acts: Vec<Act>) -> (String, JoinHandle<Vec<Arrived>>) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let task = tokio::spawn(async move {
        let (mut acts, mut arrived) = (acts.into_iter(), Vec::new());
        for connection in 0.. {
            if acts.as_slice().is_empty() {
                break;
            }
            let (stream, _) = listener.accept().await.expect("a client");
            let mut stream = BufReader::new(stream);
            for act in acts.by_ref() {
                arrived.push(request(&mut stream, connection).await);
                let (answer, keep) = match act {
                    Act::Keep(answer) => (answer, true),
                    Act::Close(answer) => (answer, false),
                    Act::HangUp => (String::new(), false),
                };
                stream.write_all(answer.as_bytes()).await.expect("sent");
                if !keep {
                    break;
                }
            }
        }
        arrived
    });
    (url, task)
}

async fn request(stream: &mut BufReader<TcpStream>, connection: usize) -> Arrived {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("a line");
        if line == "\r\n" {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let mut lines = head.iter();
        lines.find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    let mut body = vec![0; header("content-length: ").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await.expect("the body");
    Arrived {
        connection,
        line: head[0].clone(),
        authorization: header("authorization: "),
        body: String::from_utf8(body).expect("text"),
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

#[tokio::test]
async fn requests_share_one_connection_and_carry_the_key() {
    let (url, served) = server(vec![Act::Keep(ok("one")), Act::Keep(ok("two"))]).await;
    let mut client = Client::connect(&url, "vt_secret").expect("a URL");
    let one = client.post("/v1/track", b"{}".to_vec()).await.expect("answers");
    let two = client.get("/v1/totals").await.expect("answers");
    assert_eq!((one.status, &*one.body), (200, &b"one"[..]));
    assert_eq!((two.status, &*two.body), (200, &b"two"[..]));
    let arrived = served.await.expect("no panic");
    assert_eq!(arrived[0].line, "POST /v1/track HTTP/1.1");
    assert_eq!(arrived[0].body, "{}");
    assert_eq!(arrived[1].line, "GET /v1/totals HTTP/1.1");
    for request in arrived {
        assert_eq!((request.connection, &*request.authorization), (0, "Bearer vt_secret"));
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closed_is_opened_again() {
    let (url, served) = server(vec![Act::Close(ok("one")), Act::Keep(ok("two"))]).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    assert_eq!(&*client.post("/", b"1".to_vec()).await.expect("answers").body, b"one");
    assert_eq!(&*client.post("/", b"2".to_vec()).await.expect("answers").body, b"two");
    let arrived = served.await.expect("no panic");
    assert_eq!(arrived.iter().map(|request| &*request.body).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(arrived[1].connection, 1);
}

#[tokio::test]
async fn a_request_that_breaks_on_a_kept_connection_is_sent_once_more() {
    let acts = vec![Act::Keep(ok("one")), Act::HangUp, Act::Keep(ok("two"))];
    let (url, served) = server(acts).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    client.post("/", b"1".to_vec()).await.expect("answers");
    assert_eq!(&*client.post("/", b"2".to_vec()).await.expect("answers").body, b"two");
    let arrived = served.await.expect("no panic");
    let seen: Vec<_> = arrived.iter().map(|one| (one.connection, &*one.body)).collect();
    assert_eq!(seen, [(0, "1"), (0, "2"), (1, "2")]);
}

#[tokio::test]
async fn a_server_that_hangs_up_on_a_new_connection_is_not_asked_again() {
    let (url, served) = server(vec![Act::HangUp]).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    let error = client.post("/", b"1".to_vec()).await.expect_err("no answer");
    assert!(matches!(error, ClientError::Broken { .. }), "{error:?}");
    assert_eq!(served.await.expect("no panic").len(), 1);
}

#[tokio::test]
async fn a_server_that_is_behind_is_asked_again_after_the_time_it_tells() {
    let behind = |status| Act::Keep(answer(status, "retry-after: 0\r\n", ""));
    let acts = vec![
        behind("503 Service Unavailable"),
        behind("429 Too Many Requests"),
        Act::Keep(ok("done")),
    ];
    let (url, served) = server(acts).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    let answer = client.post("/v1/track", b"event".to_vec()).await.expect("answers");
    assert_eq!((answer.status, &*answer.body), (200, &b"done"[..]));
    let arrived = served.await.expect("no panic");
    assert!(arrived.iter().all(|one| one.connection == 0 && one.body == "event"), "{arrived:?}");
}

#[tokio::test]
async fn a_server_that_stays_behind_is_given_up_after_a_number_of_tries() {
    let behind = Act::Keep(answer("503 Service Unavailable", "retry-after: 0\r\n", "behind"));
    let tries = usize::try_from(TRIES_MAX).expect("a small number");
    let (url, served) = server(vec![behind; tries]).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    let answer = client.get("/").await.expect("answers");
    assert_eq!((answer.status, &*answer.body), (503, &b"behind"[..]));
    assert_eq!(served.await.expect("no panic").len(), tries);
}

#[tokio::test]
async fn any_other_status_is_the_callers_business() {
    let refusal = answer("400 Bad Request", "retry-after: 0\r\n", "no");
    let (url, served) = server(vec![Act::Keep(refusal)]).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    assert_eq!(client.get("/").await.expect("answers").status, 400);
    assert_eq!(served.await.expect("no panic").len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let endless = "x".repeat(ANSWER_BYTES_MAX + 1);
    let (url, _served) = server(vec![Act::Keep(ok(&endless))]).await;
    let mut client = Client::connect(&url, "key").expect("a URL");
    let error = client.get("/").await.expect_err("too long");
    assert!(matches!(error, ClientError::AnswerTooLong { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let mut client = Client::connect(&format!("http://{address}"), "key").expect("a URL");
    let error = client.get("/").await.expect_err("nobody listens").to_string();
    assert!(error.contains(&address.to_string()), "{error}");
}

#[test]
fn a_key_with_a_line_break_is_refused_before_anything_is_sent() {
    let refused = Client::connect("http://127.0.0.1:1", "key\r\nx-evil: 1").map(drop);
    assert!(matches!(refused, Err(ClientError::Key)));
}
