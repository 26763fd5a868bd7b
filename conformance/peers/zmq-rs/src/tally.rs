//! What arrived of a run, checked message by message as it comes.

use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;

use crate::failure::Failure;
use crate::messages::difference;

#[derive(Serialize)]
pub struct Tally {
    pub count: usize,
    parts: usize,
    bytes: usize,
    foreign: usize,
    milliseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip)]
    expected: usize,
    #[serde(skip)]
    start: Option<Instant>,
}

impl Tally {
    pub fn of(expected: usize) -> Self {
        let (count, parts, bytes, foreign) = (0, 0, 0, 0);
        Self { count, parts, bytes, foreign, milliseconds: 0.0, fault: None, expected, start: None }
    }

    pub fn is_complete(&self) -> bool {
        self.count == self.expected
    }

    pub fn begin(&mut self) {
        self.start.get_or_insert_with(Instant::now);
    }

    pub fn add(&mut self, received: &[Bytes], expected: &[Bytes]) {
        if self.fault.is_none() {
            self.fault = difference(received, expected)
                .map(|fault| format!("message {} of {}: {fault}", self.count, self.expected));
        }
        self.count += 1;
        self.parts += received.len();
        self.bytes += received.iter().map(Bytes::len).sum::<usize>();
    }

    pub fn add_foreign(&mut self) {
        self.foreign += 1;
    }

    /// The tally once the run is over, with what ended it before its time.
    pub fn after(mut self, run: Result<(), Failure>) -> Self {
        if let Err(error) = run {
            let missing = self.expected - self.count;
            let fault = format!("{missing} of {} messages are missing: {}", self.expected, error.message);
            self.fault.get_or_insert(fault);
        }
        self.milliseconds = self.start.map_or(0.0, |start| start.elapsed().as_secs_f64() * 1000.0);
        self
    }
}
