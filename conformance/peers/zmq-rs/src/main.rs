//! A peer on zmq.rs: reads tasks from stdin, one JSON object a line, and writes answers and events to stdout, as
//! conformance/peers/README.md tells. It ends when its stdin does. What the tasks do is in `host.rs`.

mod any_socket;
mod failure;
mod host;
mod messages;
mod options;
mod runs;
mod socket;
mod tally;
mod task;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::sync::mpsc;

/// What Cargo.toml asks for; the crate does not say it itself.
const VERSION: &str = "0.7.0";

#[tokio::main]
async fn main() {
    let (output, mut lines_out) = mpsc::unbounded_channel::<Value>();
    std::thread::spawn(move || {
        while let Some(line) = lines_out.blocking_recv() {
            println!("{line}");
        }
    });
    let write = move |line| output.send(line).unwrap_or_default();
    let mut host = host::Host::new(write.clone());
    write(json!({ "event": "ready", "library": "zmq.rs", "version": VERSION }));
    let mut lines_in = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines_in.next_line().await {
        let request: Value = serde_json::from_str(&line).expect("a line of JSON");
        let id = request["id"].clone();
        // Tasks start in the order of their lines and end in any.
        let answer = host.perform(task::Task::deserialize(request));
        let write = write.clone();
        tokio::spawn(async move {
            write(match answer.await {
                Ok(answer) => json!({ "id": id, "ok": answer }),
                Err(error) => json!({ "id": id, "error": error }),
            });
        });
    }
    // Messages and waiting tasks would hold the process; nobody is left to want them.
    std::process::exit(0);
}
