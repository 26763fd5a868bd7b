//! One end of a flow on zmq.rs, in a process of its own; control.ts tells the lines that it speaks. It sends and receives
//! by the plain calls with default options, and checks what the other sides check.

use std::error::Error;
use std::time::Instant;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use zeromq::{PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

type Outcome<T> = Result<T, Box<dyn Error>>;

enum End {
    Push(PushSocket),
    Pull(PullSocket),
    Request(ReqSocket),
    Reply(RepSocket),
}

/// Does the same with a socket of whatever type.
macro_rules! each {
    ($end:expr, $socket:ident => $body:expr) => {
        match $end {
            End::Push($socket) => $body,
            End::Pull($socket) => $body,
            End::Request($socket) => $body,
            End::Reply($socket) => $body,
        }
    };
}

struct Run {
    ring: Vec<Bytes>,
    count: usize,
    /// Whether every byte of what arrives is looked at.
    all: bool,
}

#[tokio::main]
async fn main() {
    let mut end = match std::env::args().nth(1).as_deref() {
        Some("push") => End::Push(PushSocket::new()),
        Some("pull") => End::Pull(PullSocket::new()),
        Some("request") => End::Request(ReqSocket::new()),
        Some("reply") => End::Reply(RepSocket::new()),
        other => panic!("no such end: {other:?}"),
    };
    let mut lines = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match obey(&mut end, &line).await {
            Ok(answer) => println!("{answer}"),
            Err(error) => {
                println!("error {error}");
                std::process::exit(1);
            }
        }
    }
    // What is still queued nobody wants.
    std::process::exit(0);
}

async fn obey(end: &mut End, line: &str) -> Outcome<String> {
    let words: Vec<&str> = line.split(' ').collect();
    Ok(match words[..] {
        ["bind", endpoint] => {
            // It knows no wildcard: the system chooses a port for 0.
            let endpoint = endpoint.replace(":*", ":0");
            format!("endpoint {}", each!(end, socket => socket.bind(&endpoint).await)?)
        }
        ["connect", endpoint] => {
            each!(end, socket => socket.connect(endpoint).await)?;
            "connected".to_string()
        }
        ["run", size, count, check] => {
            let run = Run { ring: ring_of(size.parse()?), count: count.parse()?, all: check == "all" };
            println!("ready");
            let said = match end {
                End::Push(socket) => push(socket, &run).await?,
                End::Pull(socket) => pull(socket, &run).await?,
                End::Request(socket) => request(socket, &run).await?,
                End::Reply(socket) => reply(socket, &run).await?,
            };
            format!("done {said}").trim_end().to_string()
        }
        ["cpu"] => format!("cpu {}", cpu()),
        _ => return Err(format!("unknown command: {line}").into()),
    })
}

/// Microseconds, user and system.
fn cpu() -> i64 {
    // SAFETY: getrusage fills in what it is given.
    let used = unsafe {
        let mut used = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut used);
        used
    };
    [used.ru_utime, used.ru_stime].iter().map(|time| time.tv_sec * 1_000_000 + i64::from(time.tv_usec)).sum()
}

/// The same messages as messages.ts makes: their place in the ring first, as far as it fits.
fn ring_of(size: usize) -> Vec<Bytes> {
    let length = [251, 101].into_iter().find(|length| length * size <= 1 << 20).unwrap_or(11);
    let byte = |place: usize, at: usize| if at < 4 { place >> (8 * at) } else { place * 31 + at * 7 };
    (0..length).map(|place| (0..size).map(|at| byte(place, at) as u8).collect()).collect()
}

impl Run {
    fn message(&self, at: usize) -> &Bytes {
        &self.ring[at % self.ring.len()]
    }

    fn check(&self, at: usize, message: &ZmqMessage) -> Outcome<()> {
        let expected = self.message(at);
        let all = self.all || at == self.count - 1;
        match message.get(0) {
            Some(found)
                if message.len() == 1
                    && found.len() == expected.len()
                    && found.first() == expected.first()
                    && found.last() == expected.last()
                    && (!all || found == expected) =>
            {
                Ok(())
            }
            _ => Err("a message is not what was sent".into()),
        }
    }
}

async fn push(socket: &mut PushSocket, run: &Run) -> Outcome<String> {
    for at in 0..run.count {
        socket.send(run.message(at).clone().into()).await?;
    }
    Ok(String::new())
}

async fn pull(socket: &mut PullSocket, run: &Run) -> Outcome<String> {
    let mut first = Instant::now();
    for at in 0..run.count {
        let message = socket.recv().await?;
        if at == 0 {
            first = Instant::now();
        }
        run.check(at, &message)?;
    }
    Ok(first.elapsed().as_nanos().to_string())
}

/// Median, 99th percentile, least, most, sum and 99.9th percentile, as latency.ts.
async fn request(socket: &mut ReqSocket, run: &Run) -> Outcome<String> {
    let mut took = Vec::with_capacity(run.count);
    for at in 0..run.count {
        let start = Instant::now();
        socket.send(run.message(at).clone().into()).await?;
        let message = socket.recv().await?;
        took.push(start.elapsed().as_nanos());
        run.check(at, &message)?;
    }
    took.sort_unstable();
    let last = run.count - 1;
    let at = |thousandths: usize| took[last * thousandths / 1000];
    let sum: u128 = took.iter().sum();
    Ok(format!("{} {} {} {} {} {}", at(500), at(990), at(0), at(1000), sum, at(999)))
}

async fn reply(socket: &mut RepSocket, run: &Run) -> Outcome<String> {
    for _ in 0..run.count {
        let message = socket.recv().await?;
        socket.send(message).await?;
    }
    Ok(String::new())
}
