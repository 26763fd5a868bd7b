//! The socket types of zmq.rs behind one face. Each is a type of its own there, and can do what its traits say.

use futures::channel::mpsc::Receiver;
use zeromq::{
    DealerSocket, Endpoint, PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, RouterSocket, Socket,
    SocketEvent, SocketOptions, SocketRecv, SocketSend, SubSocket, XPubSocket, XSubSocket, ZmqError,
    ZmqMessage, ZmqResult,
};

use crate::failure::Failure;

pub enum AnySocket {
    Dealer(DealerSocket),
    Pub(PubSocket),
    Pull(PullSocket),
    Push(PushSocket),
    Rep(RepSocket),
    Req(ReqSocket),
    Router(RouterSocket),
    Sub(SubSocket),
    XPub(XPubSocket),
    XSub(XSubSocket),
}

/// Does the same with a socket of whatever type.
macro_rules! each {
    ($any:expr, $socket:ident => $body:expr) => {
        match $any {
            AnySocket::Dealer($socket) => $body,
            AnySocket::Pub($socket) => $body,
            AnySocket::Pull($socket) => $body,
            AnySocket::Push($socket) => $body,
            AnySocket::Rep($socket) => $body,
            AnySocket::Req($socket) => $body,
            AnySocket::Router($socket) => $body,
            AnySocket::Sub($socket) => $body,
            AnySocket::XPub($socket) => $body,
            AnySocket::XSub($socket) => $body,
        }
    };
}

impl AnySocket {
    pub fn new(name: &str, options: SocketOptions) -> Result<Self, Failure> {
        Ok(match name {
            "dealer" => Self::Dealer(DealerSocket::with_options(options)),
            "pub" => Self::Pub(PubSocket::with_options(options)),
            "pull" => Self::Pull(PullSocket::with_options(options)),
            "push" => Self::Push(PushSocket::with_options(options)),
            "rep" => Self::Rep(RepSocket::with_options(options)),
            "req" => Self::Req(ReqSocket::with_options(options)),
            "router" => Self::Router(RouterSocket::with_options(options)),
            "sub" => Self::Sub(SubSocket::with_options(options)),
            "xpub" => Self::XPub(XPubSocket::with_options(options)),
            "xsub" => Self::XSub(XSubSocket::with_options(options)),
            _ => return Err(Failure::unsupported(format!("zmq.rs has no {name} socket"))),
        })
    }

    pub fn monitor(&mut self) -> Receiver<SocketEvent> {
        each!(self, socket => socket.monitor())
    }

    pub async fn bind(&mut self, endpoint: &str) -> ZmqResult<Endpoint> {
        each!(self, socket => socket.bind(endpoint).await)
    }

    pub async fn connect(&mut self, endpoint: &str) -> ZmqResult<()> {
        each!(self, socket => socket.connect(endpoint).await)
    }

    pub async fn unbind(&mut self, endpoint: Endpoint) -> ZmqResult<()> {
        each!(self, socket => socket.unbind(endpoint).await)
    }

    pub async fn subscribe(&mut self, prefix: &str) -> ZmqResult<()> {
        match self {
            Self::Sub(socket) => socket.subscribe(prefix).await,
            Self::XSub(socket) => socket.subscribe(prefix).await,
            _ => Err(ZmqError::Other("this socket does not subscribe")),
        }
    }

    pub async fn unsubscribe(&mut self, prefix: &str) -> ZmqResult<()> {
        match self {
            Self::Sub(socket) => socket.unsubscribe(prefix).await,
            Self::XSub(socket) => socket.unsubscribe(prefix).await,
            _ => Err(ZmqError::Other("this socket does not subscribe")),
        }
    }

    pub async fn send(&mut self, message: ZmqMessage) -> ZmqResult<()> {
        match self {
            Self::Dealer(socket) => socket.send(message).await,
            Self::Pub(socket) => socket.send(message).await,
            Self::Push(socket) => socket.send(message).await,
            Self::Rep(socket) => socket.send(message).await,
            Self::Req(socket) => socket.send(message).await,
            Self::Router(socket) => socket.send(message).await,
            Self::XPub(socket) => socket.send(message).await,
            Self::XSub(socket) => socket.send(message).await,
            Self::Pull(_) | Self::Sub(_) => Err(ZmqError::Other("this socket does not send")),
        }
    }

    pub async fn receive(&mut self) -> ZmqResult<ZmqMessage> {
        match self {
            Self::Dealer(socket) => socket.recv().await,
            Self::Pull(socket) => socket.recv().await,
            Self::Rep(socket) => socket.recv().await,
            Self::Req(socket) => socket.recv().await,
            Self::Router(socket) => socket.recv().await,
            Self::Sub(socket) => socket.recv().await,
            Self::XPub(socket) => socket.recv().await,
            Self::XSub(socket) => socket.recv().await,
            Self::Pub(_) | Self::Push(_) => Err(ZmqError::Other("this socket does not receive")),
        }
    }
}
