//! The tasks and their fields.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::messages::Stream;

pub type Parts = Vec<Bytes>;

#[derive(Deserialize)]
#[serde(tag = "task", rename_all = "camelCase")]
pub enum Task {
    Open {
        socket: String,
        r#type: String,
        #[serde(default)]
        options: HashMap<String, Value>,
        #[serde(default)]
        events: bool,
    },
    Bind(At),
    Connect(At),
    Unbind(At),
    Subscribe {
        socket: String,
        prefixes: Vec<String>,
    },
    Unsubscribe {
        socket: String,
        prefixes: Vec<String>,
    },
    Send {
        socket: String,
        #[serde(deserialize_with = "base64")]
        parts: Parts,
    },
    Receive {
        socket: String,
    },
    Produce(Run),
    Consume(Run),
    Request(Run),
    Serve(Run),
    Digest {
        stream: Stream,
        #[serde(default)]
        from: u32,
        count: u32,
    },
    Close {
        socket: String,
    },
    /// The library has nothing for these: there is no way to disconnect, and no ZAP.
    Disconnect {},
    Authenticate {},
    Memory {},
}

#[derive(Deserialize)]
pub struct At {
    pub socket: String,
    pub endpoint: String,
}

/// A run of messages; some fields belong to some of the tasks.
#[derive(Deserialize)]
pub struct Run {
    pub socket: String,
    pub stream: Stream,
    #[serde(default)]
    pub from: u32,
    pub count: u32,
    pub only: Option<Vec<String>>,
    #[serde(default)]
    pub envelope: usize,
    pub replies: Option<Stream>,
    #[serde(default, deserialize_with = "base64")]
    pub to: Parts,
}

impl Run {
    pub fn indices(&self) -> std::ops::Range<u32> {
        self.from..self.from + self.count
    }
}

fn base64<'de, D: Deserializer<'de>>(parts: D) -> Result<Parts, D::Error> {
    let texts = Vec::<String>::deserialize(parts)?;
    let decoded = texts.iter().map(|text| BASE64_STANDARD.decode(text).map(Bytes::from));
    decoded.collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

pub fn encode(parts: &[Bytes]) -> Vec<String> {
    parts.iter().map(|part| BASE64_STANDARD.encode(part)).collect()
}
