//! Carries out tasks: keeps the sockets under their names. What flows through them is in `runs.rs`.

use std::collections::HashMap;
use std::future::ready;

use futures::FutureExt;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use zeromq::Endpoint;

use crate::failure::Failure;
use crate::options::Options;
use crate::runs;
use crate::socket::{Answer, Report, Socket};
use crate::task::{Task, encode};

pub struct Host<Notify> {
    notify: Notify,
    sockets: HashMap<String, (Socket, JoinHandle<()>)>,
}

impl<Notify: Fn(Value) + Clone + Send + Sync + 'static> Host<Notify> {
    /// `notify` takes the events of sockets.
    pub fn new(notify: Notify) -> Self {
        Self { notify, sockets: HashMap::new() }
    }

    /// What fails at once fails in the answer, too.
    pub fn perform(&mut self, task: Result<Task, serde_json::Error>) -> Answer<Value> {
        let started =
            task.map_err(|error| Failure::unsupported(error.to_string())).and_then(|task| self.start(task));
        started.unwrap_or_else(|error| ready(Err(error)).boxed())
    }

    fn start(&mut self, task: Task) -> Result<Answer<Value>, Failure> {
        Ok(match task {
            Task::Open { socket, r#type, options, events } => {
                if self.sockets.contains_key(&socket) {
                    return Err(Failure::new(format!("socket {socket} is open already"), "EINVAL"));
                }
                let report = self.report(&socket, events);
                let opened = Socket::open(&r#type, Options::read(&options)?, report)?;
                self.sockets.insert(socket, opened);
                done()
            }
            Task::Bind(at) => {
                let bound = self.socket(&at.socket)?.bind(at.endpoint);
                async { Ok(json!({ "endpoint": bound.await? })) }.boxed()
            }
            Task::Connect(at) => {
                self.socket(&at.socket)?.connect(at.endpoint)?;
                done()
            }
            Task::Unbind(at) => empty(self.socket(&at.socket)?.unbind(at.endpoint)),
            Task::Subscribe { socket, prefixes } => empty(self.socket(&socket)?.subscribe(prefixes)),
            Task::Unsubscribe { socket, prefixes } => empty(self.socket(&socket)?.unsubscribe(prefixes)),
            Task::Send { socket, parts } => empty(self.socket(&socket)?.send(parts)),
            Task::Receive { socket } => {
                let received = self.socket(&socket)?.receive();
                async { Ok(json!({ "parts": encode(&received.await?) })) }.boxed()
            }
            Task::Produce(run) => runs::produce(self.socket(&run.socket)?, run).boxed(),
            Task::Consume(run) => runs::consume(self.socket(&run.socket)?, run).map(to_json).boxed(),
            Task::Request(run) => {
                let tally = runs::request(self.socket(&run.socket)?, run);
                async { to_json(tally.await?) }.boxed()
            }
            Task::Serve(run) => {
                let tally = runs::serve(self.socket(&run.socket)?, run);
                async { to_json(tally.await?) }.boxed()
            }
            Task::Digest { stream, from, count } => {
                async move { Ok(json!({ "sha256": stream.digest(from..from + count) })) }.boxed()
            }
            Task::Close { socket } => {
                let (_, task) = self.sockets.remove(&socket).ok_or_else(|| no_socket(&socket))?;
                async {
                    task.abort();
                    let _ = task.await;
                    Ok(json!({}))
                }
                .boxed()
            }
            Task::Disconnect {} | Task::Authenticate {} | Task::Memory {} => {
                return Err(Failure::unsupported("zmq.rs has nothing for this task"));
            }
        })
    }

    fn socket(&self, name: &str) -> Result<Socket, Failure> {
        self.sockets.get(name).map(|(socket, _)| socket.clone()).ok_or_else(|| no_socket(name))
    }

    fn report(&self, socket: &str, events: bool) -> Report {
        let (socket, notify) = (socket.to_owned(), self.notify.clone());
        Box::new(move |kind: &str, endpoint: Option<&Endpoint>, error: Option<Failure>| {
            if !events {
                return;
            }
            let mut notice = json!({ "event": "socket", "socket": socket, "type": kind });
            if let Some(endpoint) = endpoint {
                notice["address"] = json!(endpoint.to_string());
            }
            if let Some(error) = error {
                notice["error"] = json!(error);
            }
            notify(notice);
        })
    }
}

fn no_socket(name: &str) -> Failure {
    Failure::new(format!("no socket {name}"), "ENOTSOCK")
}

fn done() -> Answer<Value> {
    ready(Ok(json!({}))).boxed()
}

fn empty(answer: Answer<()>) -> Answer<Value> {
    async { answer.await.map(|()| json!({})) }.boxed()
}

fn to_json(value: impl Serialize) -> Result<Value, Failure> {
    Ok(json!(value))
}
