//! Streams of messages made from a seed, the same in every language; conformance/peers/README.md has the algorithm.

use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::task::Parts;

const BORDERS: [u32; 8] = [254, 255, 256, 257, 65534, 65535, 65536, 65537];
const MEBIBYTE: u32 = 1_048_576;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    seed: u32,
    /// Every so many messages one has a first part of 1 to 5 MiB; 0 for none.
    #[serde(default)]
    large_every: u32,
    /// When there are any, each message has the next of them as an extra first part.
    #[serde(default)]
    topics: Vec<String>,
    /// The parts after the topic are joined into one.
    #[serde(default)]
    single: bool,
}

impl Stream {
    pub fn topic(&self, index: u32) -> Option<&String> {
        self.topics.get(index as usize % self.topics.len().max(1))
    }

    /// Whether a message belongs to none of the topics.
    pub fn is_foreign(&self, message: &[Bytes]) -> bool {
        let is_topic = |part: &Bytes| self.topics.iter().any(|topic| topic.as_bytes() == part);
        !self.topics.is_empty() && !message.first().is_some_and(is_topic)
    }

    pub fn message(&self, index: u32) -> Parts {
        let mut random = Random::new(self.seed, index);
        let count = 1 + random.below(4);
        let large = (index + 1).is_multiple_of(self.large_every);
        let body: Vec<Vec<u8>> = (0..count)
            .map(|i| {
                let length =
                    if large && i == 0 { MEBIBYTE + random.below(4 * MEBIBYTE) } else { random.length() };
                random.bytes(length as usize)
            })
            .collect();
        let body = if self.single { vec![body.concat()] } else { body };
        let topic = self.topic(index).map(|topic| topic.clone().into_bytes());
        topic.into_iter().chain(body).map(Bytes::from).collect()
    }

    /// SHA-256 over each message: number of parts, then each part's length and bytes.
    pub fn digest(&self, indices: std::ops::Range<u32>) -> String {
        let mut hash = Sha256::new();
        for index in indices {
            let parts = self.message(index);
            hash.update((parts.len() as u32).to_be_bytes());
            for part in parts {
                hash.update((part.len() as u32).to_be_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is wrong with a received message; nothing when it is the expected one.
pub fn difference(received: &[Bytes], expected: &[Bytes]) -> Option<String> {
    if received.len() != expected.len() {
        return Some(format!("has {} parts, not {}", received.len(), expected.len()));
    }
    received.iter().zip(expected).enumerate().find_map(|(i, (was, should))| {
        if was.len() != should.len() {
            Some(format!("part {i} has {} bytes, not {}", was.len(), should.len()))
        } else if was != should {
            Some(format!("part {i} ({} bytes) has other bytes", should.len()))
        } else {
            None
        }
    })
}

/// Marsaglia's xorshift32, started from MurmurHash3's finaliser.
struct Random(u32);

impl Random {
    fn new(seed: u32, index: u32) -> Self {
        let mut h = seed.wrapping_add((index + 1).wrapping_mul(0x9E37_79B9));
        h = (h ^ h >> 16).wrapping_mul(0x85EB_CA6B);
        h = (h ^ h >> 13).wrapping_mul(0xC2B2_AE35);
        h ^= h >> 16;
        Self(h.max(1))
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }

    fn length(&mut self) -> u32 {
        match self.below(100) {
            0..10 => 0,
            10..80 => self.below(64),
            80..95 => self.below(1024),
            95..99 => BORDERS[self.below(4) as usize],
            _ => BORDERS[4 + self.below(4) as usize],
        }
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..length.div_ceil(4)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(length);
        bytes
    }
}
