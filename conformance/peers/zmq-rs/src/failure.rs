//! Why a task failed: a sentence, and a code of ZeroMQ's where there is one.

use std::io::ErrorKind;

use serde::Serialize;
use zeromq::ZmqError;

#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

impl Failure {
    pub fn new(message: impl Into<String>, code: &'static str) -> Self {
        Self { message: message.into(), code: Some(code) }
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(message, "ENOTSUP")
    }

    pub fn closed() -> Self {
        Self::new("the socket is closed", "ETERM")
    }

    pub fn timed_out() -> Self {
        Self::new("timed out", "EAGAIN")
    }
}

impl From<ZmqError> for Failure {
    fn from(error: ZmqError) -> Self {
        Self { message: error.to_string(), code: code_of(&error) }
    }
}

fn code_of(error: &ZmqError) -> Option<&'static str> {
    match error {
        ZmqError::Network(error) => match error.kind() {
            ErrorKind::AddrInUse => Some("EADDRINUSE"),
            ErrorKind::AddrNotAvailable => Some("EADDRNOTAVAIL"),
            ErrorKind::ConnectionRefused => Some("ECONNREFUSED"),
            ErrorKind::PermissionDenied => Some("EACCES"),
            _ => None,
        },
        ZmqError::NoSuchBind(_) => Some("ENOENT"),
        ZmqError::Endpoint(_) => Some("EINVAL"),
        ZmqError::Codec(_) => Some("EPROTO"),
        // The library has no kinds for these, only sentences.
        ZmqError::Other("Destination client not found by identity") => Some("EHOSTUNREACH"),
        ZmqError::Other("Unable to recv. No request in progress") => Some("EFSM"),
        ZmqError::ReturnToSender { reason, .. } if reason.contains("equest") => Some("EFSM"),
        _ => None,
    }
}
