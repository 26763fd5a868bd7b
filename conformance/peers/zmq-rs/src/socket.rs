//! A socket that several tasks use at the same time. Those of zmq.rs want to be held exclusively, so each has a task of
//! its own, which takes commands from the others and receives while there are none: a receive may be dropped and begun
//! again.

use std::collections::VecDeque;
use std::time::Duration;

use futures::channel::mpsc::Receiver as Monitor;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use zeromq::{Endpoint, SocketEvent, ZmqError, ZmqMessage, ZmqResult};

use crate::any_socket::AnySocket;
use crate::failure::Failure;
use crate::options::Options;
use crate::task::Parts;

/// Takes what happens to a socket: the type of event, and an endpoint and an error where there are.
pub type Report = Box<dyn Fn(&'static str, Option<&Endpoint>, Option<Failure>) + Send + Sync>;

pub type Answer<T> = BoxFuture<'static, Result<T, Failure>>;
type Reply<T> = oneshot::Sender<Result<T, Failure>>;

enum Command {
    Bind(String, Reply<String>),
    Connect(String),
    Unbind(String, Reply<()>),
    Subscribe(Vec<String>, Reply<()>),
    Unsubscribe(Vec<String>, Reply<()>),
    Send(ZmqMessage, Reply<()>),
    Receive(Reply<Parts>),
}

#[derive(Clone)]
pub struct Socket {
    commands: mpsc::UnboundedSender<Command>,
    send_timeout: Option<Duration>,
    receive_timeout: Option<Duration>,
}

/// The methods give their command at once, in the order of the calls; what they return waits for the reply.
impl Socket {
    /// The socket lives until its task is aborted.
    pub fn open(name: &str, options: Options, report: Report) -> Result<(Self, JoinHandle<()>), Failure> {
        let Options { library, send_timeout, receive_timeout } = options;
        let mut socket = AnySocket::new(name, library)?;
        let monitor = socket.monitor();
        let (commands, receiver) = mpsc::unbounded_channel();
        let (sends, receives, received) = Default::default();
        let actor = Actor { socket, monitor, report, sends, receives, received };
        Ok((Self { commands, send_timeout, receive_timeout }, tokio::spawn(actor.run(receiver))))
    }

    pub fn bind(&self, endpoint: String) -> Answer<String> {
        self.ask(None, |reply| Command::Bind(endpoint, reply))
    }

    /// zmq.rs is done with this when the peer has shaken hands; ZeroMQ's own connect returns at once, and so does this.
    pub fn connect(&self, endpoint: String) -> Result<(), Failure> {
        endpoint.parse::<Endpoint>().map_err(ZmqError::from)?;
        self.commands.send(Command::Connect(endpoint)).map_err(|_| Failure::closed())
    }

    pub fn unbind(&self, endpoint: String) -> Answer<()> {
        self.ask(None, |reply| Command::Unbind(endpoint, reply))
    }

    pub fn subscribe(&self, prefixes: Vec<String>) -> Answer<()> {
        self.ask(None, |reply| Command::Subscribe(prefixes, reply))
    }

    pub fn unsubscribe(&self, prefixes: Vec<String>) -> Answer<()> {
        self.ask(None, |reply| Command::Unsubscribe(prefixes, reply))
    }

    pub fn send(&self, parts: Parts) -> Answer<()> {
        let Ok(message) = ZmqMessage::try_from(parts) else {
            return async { Err(Failure::new("a message has a part", "EINVAL")) }.boxed();
        };
        self.ask(self.send_timeout, |reply| Command::Send(message, reply))
    }

    pub fn receive(&self) -> Answer<Parts> {
        self.ask(self.receive_timeout, Command::Receive)
    }

    fn ask<T: Send + 'static>(
        &self,
        timeout: Option<Duration>,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        // Where this fails, the reply is dropped with the command, which the answer tells.
        let _ = self.commands.send(command(reply));
        async move {
            let timeout = timeout.unwrap_or(Duration::MAX);
            let answer = tokio::time::timeout(timeout, answer).await.map_err(|_| Failure::timed_out())?;
            answer.unwrap_or_else(|_| Err(Failure::closed()))
        }
        .boxed()
    }
}

struct Actor {
    socket: AnySocket,
    monitor: Monitor<SocketEvent>,
    report: Report,
    /// Messages that no peer is there for; zmq.rs gives them back.
    sends: VecDeque<(ZmqMessage, Reply<()>)>,
    receives: VecDeque<Reply<Parts>>,
    /// Messages that nobody has asked for yet.
    received: VecDeque<Parts>,
}

impl Actor {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            let receiving = self.is_receiving();
            tokio::select! {
                biased;
                Some(event) = self.monitor.next() => self.notice(event).await,
                Some(command) = commands.recv() => self.perform(command).await,
                message = self.socket.receive(), if receiving => self.take(message),
                else => return,
            }
        }
    }

    /// An XPUB learns of subscriptions only while it receives.
    fn is_receiving(&mut self) -> bool {
        self.receives.retain(|reply| !reply.is_closed());
        !self.receives.is_empty() || matches!(self.socket, AnySocket::XPub(_))
    }

    async fn perform(&mut self, command: Command) {
        match command {
            Command::Bind(endpoint, reply) => {
                // To zmq.rs, a port of the system's choice is 0.
                let endpoint =
                    endpoint.strip_suffix(":*").map_or(endpoint.clone(), |host| format!("{host}:0"));
                let bound = self.socket.bind(&endpoint).await;
                answer(reply, bound.map(|endpoint| endpoint.to_string()));
            }
            Command::Connect(endpoint) => {
                if let Err(error) = self.socket.connect(&endpoint).await {
                    (self.report)(broken(&error), endpoint.parse().ok().as_ref(), Some(error.into()));
                }
            }
            Command::Unbind(endpoint, reply) => {
                let unbound = match endpoint.parse::<Endpoint>() {
                    Ok(endpoint) => self.socket.unbind(endpoint).await,
                    Err(error) => Err(error.into()),
                };
                answer(reply, unbound);
            }
            Command::Subscribe(prefixes, reply) => answer(reply, self.subscribe(&prefixes).await),
            Command::Unsubscribe(prefixes, reply) => answer(reply, self.unsubscribe(&prefixes).await),
            Command::Send(message, reply) => {
                self.sends.push_back((message, reply));
                self.flush().await;
            }
            Command::Receive(reply) => {
                self.receives.push_back(reply);
                self.deliver();
            }
        }
    }

    async fn subscribe(&mut self, prefixes: &[String]) -> ZmqResult<()> {
        for prefix in prefixes {
            self.socket.subscribe(prefix).await?;
        }
        Ok(())
    }

    async fn unsubscribe(&mut self, prefixes: &[String]) -> ZmqResult<()> {
        for prefix in prefixes {
            self.socket.unsubscribe(prefix).await?;
        }
        Ok(())
    }

    async fn flush(&mut self) {
        while let Some((message, reply)) = self.sends.pop_front() {
            if reply.is_closed() {
                continue;
            }
            match self.socket.send(message).await {
                Err(ZmqError::ReturnToSender { reason, message }) if reason.starts_with("Not connected") => {
                    return self.sends.push_front((message, reply));
                }
                result => answer(reply, result),
            }
        }
    }

    fn take(&mut self, message: ZmqResult<ZmqMessage>) {
        match message {
            Ok(message) => self.received.push_back(message.into_vec()),
            // This ended one connection, and tells the application so; there may be others.
            Err(ZmqError::Codec(_) | ZmqError::Network(_)) => {}
            Err(error) => {
                if let Some(reply) = self.receives.pop_front() {
                    answer(reply, Err(error));
                }
            }
        }
        self.deliver();
    }

    fn deliver(&mut self) {
        while !self.receives.is_empty() {
            let Some(parts) = self.received.pop_front() else { return };
            let reply = self.receives.pop_front().expect("one is waiting");
            // One that has lost patience leaves the message to the next.
            if let Err(Ok(parts)) = reply.send(Ok(parts)) {
                self.received.push_front(parts);
            }
        }
    }

    /// zmq.rs tells of a connection once the handshake is over.
    async fn notice(&mut self, event: SocketEvent) {
        let report = &self.report;
        match event {
            SocketEvent::Accepted(endpoint, _) => {
                report("accept", Some(&endpoint), None);
                report("handshake", Some(&endpoint), None);
                self.flush().await;
            }
            SocketEvent::Connected(endpoint, _) => {
                report("connect", Some(&endpoint), None);
                report("handshake", Some(&endpoint), None);
                self.flush().await;
            }
            SocketEvent::Listening(endpoint) => report("bind", Some(&endpoint), None),
            SocketEvent::AcceptFailed(error) => report(broken(&error), None, Some(error.into())),
            SocketEvent::ConnectDelayed => report("connect:delay", None, None),
            SocketEvent::ConnectRetried => report("connect:retry", None, None),
            SocketEvent::Closed => report("close", None, None),
            SocketEvent::CloseFailed => report("close:error", None, None),
            SocketEvent::Disconnected(_) => report("disconnect", None, None),
        }
    }
}

/// The event that tells of a connection that came to nothing.
fn broken(error: &ZmqError) -> &'static str {
    match error {
        ZmqError::Network(_) | ZmqError::ConnectTimeout(_) => "handshake:error:other",
        _ => "handshake:error:protocol",
    }
}

/// Nobody may be waiting for it any more.
fn answer<T>(reply: Reply<T>, result: ZmqResult<T>) {
    let _ = reply.send(result.map_err(Failure::from));
}
