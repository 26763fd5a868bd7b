//! The tasks that are runs of messages of a stream.

use std::time::Instant;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::messages::Stream;
use crate::socket::Socket;
use crate::tally::Tally;
use crate::task::{Parts, Run};

pub async fn produce(socket: Socket, run: Run) -> Result<Value, Failure> {
    let start = Instant::now();
    let (mut parts, mut bytes) = (0, 0);
    for index in run.indices() {
        let message = run.stream.message(index);
        parts += message.len();
        bytes += message.iter().map(Bytes::len).sum::<usize>();
        socket.send(message).await?;
    }
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    Ok(json!({ "count": run.count, "parts": parts, "bytes": bytes, "milliseconds": milliseconds }))
}

pub async fn consume(socket: Socket, run: Run) -> Tally {
    let expected: Vec<u32> = run.indices().filter(|&index| is_wanted(&run, index)).collect();
    let mut tally = Tally::of(expected.len());
    let result = async {
        while !tally.is_complete() {
            let (_, message) = cut(socket.receive().await?, run.envelope);
            tally.begin();
            if run.stream.is_foreign(&message) {
                tally.add_foreign();
            } else {
                tally.add(&message, &run.stream.message(expected[tally.count]));
            }
        }
        Ok(())
    }
    .await;
    tally.after(result)
}

pub async fn request(socket: Socket, run: Run) -> Result<Tally, Failure> {
    let replies = replies_of(&run)?;
    let mut tally = Tally::of(run.count as usize);
    tally.begin();
    let result = async {
        for index in run.indices() {
            send_once_known(&socket, [run.to.clone(), run.stream.message(index)].concat()).await?;
            let (_, reply) = cut(socket.receive().await?, run.to.len());
            tally.add(&reply, &replies.message(index));
        }
        Ok(())
    }
    .await;
    Ok(tally.after(result))
}

pub async fn serve(socket: Socket, run: Run) -> Result<Tally, Failure> {
    let replies = replies_of(&run)?;
    let mut tally = Tally::of(run.count as usize);
    let result = async {
        while !tally.is_complete() {
            let (envelope, message) = cut(socket.receive().await?, run.envelope);
            tally.begin();
            let answer = if run.stream.is_foreign(&message) {
                tally.add_foreign();
                vec![Bytes::new()]
            } else {
                let index = run.from + tally.count as u32;
                tally.add(&message, &run.stream.message(index));
                replies.message(index)
            };
            socket.send([envelope, answer].concat()).await?;
        }
        Ok(())
    }
    .await;
    Ok(tally.after(result))
}

/// A ROUTER knows the peer that it addresses some time after it has connected.
async fn send_once_known(socket: &Socket, parts: Parts) -> Result<(), Failure> {
    loop {
        match socket.send(parts.clone()).await {
            Err(Failure { code: Some("EHOSTUNREACH"), .. }) => tokio::task::yield_now().await,
            result => return result,
        }
    }
}

/// Of the messages of other topics none reaches the consumer.
fn is_wanted(run: &Run, index: u32) -> bool {
    let topic = run.stream.topic(index).map_or("", String::as_str);
    run.only.as_ref().is_none_or(|only| only.iter().any(|prefix| topic.starts_with(prefix)))
}

fn replies_of(run: &Run) -> Result<Stream, Failure> {
    run.replies.clone().ok_or_else(|| Failure::new("there are no replies", "EINVAL"))
}

fn cut(mut message: Parts, envelope: usize) -> (Parts, Parts) {
    let body = message.split_off(envelope.min(message.len()));
    (message, body)
}
