//! Options of the native package for Node.js, as far as zmq.rs can honour them. It has few of its own: timeouts are
//! kept by `socket.rs`, and what would change how a socket behaves is refused.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use zeromq::SocketOptions;
use zeromq::util::PeerIdentity;

use crate::failure::Failure;

#[derive(Default)]
pub struct Options {
    pub library: SocketOptions,
    pub send_timeout: Option<Duration>,
    pub receive_timeout: Option<Duration>,
}

impl Options {
    pub fn read(options: &HashMap<String, Value>) -> Result<Self, Failure> {
        let mut read = Self::default();
        for (name, value) in options {
            read.set(name, value)?;
        }
        Ok(read)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        match name {
            "sendTimeout" => self.send_timeout = milliseconds(value),
            "receiveTimeout" => self.receive_timeout = milliseconds(value),
            "routingId" => {
                let identity = value.as_str().unwrap_or_default().as_bytes();
                self.library.peer_identity(PeerIdentity::try_from(identity)?);
            }
            // Its queues have 100,000 places and no setting: enough for what wants none lost.
            "sendHighWaterMark" | "receiveHighWaterMark" => {}
            // What is queued is written, however long it takes; connections are refused and made at its own pace.
            "linger" | "backlog" | "reconnectInterval" | "reconnectMaxInterval" => {}
            // A ROUTER always tells of a peer that it does not know.
            "mandatory" => {}
            _ if is_off(value) => {}
            _ => return Err(Failure::unsupported(format!("no option {name}"))),
        }
        Ok(())
    }
}

/// The value by which an option is not asked for.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64().is_some_and(|number| number < 0),
        _ => false,
    }
}

fn milliseconds(value: &Value) -> Option<Duration> {
    value.as_u64().map(Duration::from_millis)
}
