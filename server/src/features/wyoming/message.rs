//! Messages of the wire: a line of JSON with the type, then as many bytes of JSON and of samples as it says.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

/// Most bytes of a line, and of the JSON after it; a text to speak is the longest.
const MOST_JSON: u64 = 64 << 10;
/// Most bytes of samples in one message: eleven seconds of one channel at 48 kHz.
const MOST_PAYLOAD: u64 = 1 << 20;
/// Longest that the rest of a message may take, once it has begun.
const PATIENCE: Duration = Duration::from_secs(20);

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it is.
    pub kind: String,
    /// What it says.
    pub data: Map<String, Value>,
    /// Samples.
    pub payload: Vec<u8>,
}

/// Why no message could be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The connection broke.
    #[error("{0}")]
    Connection(#[from] std::io::Error),
    /// It is no message.
    #[error("{0}")]
    Malformed(String),
    /// It came too slowly.
    #[error("a message took longer than {} seconds", PATIENCE.as_secs())]
    Slow,
}

impl Message {
    /// A message without samples.
    pub fn new(kind: &str, data: Value) -> Self {
        Self::with_payload(kind, data, Vec::new())
    }

    /// A message with samples.
    pub fn with_payload(kind: &str, data: Value, payload: Vec<u8>) -> Self {
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        Self {
            kind: kind.to_owned(),
            data,
            payload,
        }
    }

    /// Something went wrong.
    pub fn error(code: &str, text: &str) -> Self {
        Self::new("error", json!({"code": code, "text": text}))
    }

    /// A text of its data.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name)?.as_str()
    }

    /// A whole number of its data, or what is meant without it; 0 for what is no such number.
    pub fn number(&self, name: &str, absent: u64) -> u64 {
        let value = self.data.get(name).filter(|value| !value.is_null());
        value.map_or(absent, |value| value.as_u64().unwrap_or(0))
    }

    /// Reads one; `None` at the end. The wait for its first byte has no limit here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read<R>(reader: &mut R) -> Result<Option<Self>, Unreadable>
    where
        R: AsyncBufRead + Unpin,
    {
        if reader.fill_buf().await?.is_empty() {
            return Ok(None);
        }
        let rest = timeout(PATIENCE, Self::read_rest(reader));
        rest.await.map_err(|_| Unreadable::Slow)?.map(Some)
    }

    async fn read_rest<R>(reader: &mut R) -> Result<Self, Unreadable>
    where
        R: AsyncBufRead + Unpin,
    {
        let mut line = Vec::new();
        (&mut *reader)
            .take(MOST_JSON)
            .read_until(b'\n', &mut line)
            .await?;
        if !line.ends_with(b"\n") {
            return Err(malformed(&format!(
                "its first line is longer than {MOST_JSON} bytes, or was cut off"
            )));
        }
        let mut head = object(&line)?;
        let Some(Value::String(kind)) = head.remove("type") else {
            return Err(malformed("it has no `type`"));
        };
        let mut data = match head.remove("data") {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        };
        let more = read_exactly(reader, length(&head, "data_length", MOST_JSON)?).await?;
        if !more.is_empty() {
            data.extend(object(&more)?);
        }
        let payload = read_exactly(reader, length(&head, "payload_length", MOST_PAYLOAD)?).await?;
        Ok(Self {
            kind,
            data,
            payload,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn write<W>(&self, writer: &mut W) -> std::io::Result<()>
    where
        W: AsyncWrite + Unpin,
    {
        let data = if self.data.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&self.data)?
        };
        let mut head = json!({"type": self.kind, "version": env!("CARGO_PKG_VERSION")});
        if !data.is_empty() {
            head["data_length"] = data.len().into();
        }
        if !self.payload.is_empty() {
            head["payload_length"] = self.payload.len().into();
        }
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend(data);
        bytes.extend(&self.payload);
        writer.write_all(&bytes).await?;
        writer.flush().await
    }
}

fn malformed(what: &str) -> Unreadable {
    Unreadable::Malformed(format!(
        "this is no message of the Wyoming protocol: {what}"
    ))
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| malformed(&error.to_string()))
}

fn length(head: &Map<String, Value>, name: &str, most: u64) -> Result<u64, Unreadable> {
    let length = match head.get(name) {
        None | Some(Value::Null) => 0,
        Some(value) => value
            .as_u64()
            .ok_or_else(|| malformed(&format!("`{name}` is no length")))?,
    };
    if length > most {
        return Err(malformed(&format!("`{name}` is more than {most}")));
    }
    Ok(length)
}

/// Takes no more memory than has arrived.
async fn read_exactly<R>(reader: &mut R, length: u64) -> Result<Vec<u8>, Unreadable>
where
    R: AsyncRead + Unpin,
{
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes).await?;
    if (bytes.len() as u64) < length {
        return Err(malformed("it was cut off"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Message>, Unreadable> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(Message::read(&mut &bytes[..]))
    }

    fn written(message: &Message) -> Vec<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut bytes = Vec::new();
        runtime.block_on(message.write(&mut bytes)).unwrap();
        bytes
    }

    #[test]
    fn data_stands_in_the_line_or_after_it() {
        let inline = read(b"{\"type\":\"ping\",\"data\":{\"text\":\"a\"}}\n")
            .unwrap()
            .unwrap();
        let after = read(b"{\"type\":\"ping\",\"data_length\":12}\n{\"text\":\"a\"}")
            .unwrap()
            .unwrap();
        assert_eq!(inline, after);
        assert_eq!(inline.text("text"), Some("a"));
        assert_eq!(read(b"").unwrap(), None);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"{}\n",
            b"[]\n",
            b"{\"type\":1}\n",
            b"{\"type\":\"a\"}",
            b"{\"type\":\"a\",\"data_length\":-1}\n",
            b"{\"type\":\"a\",\"data_length\":5}\n{}",
            b"{\"type\":\"a\",\"data_length\":2}\n[]",
            b"{\"type\":\"a\",\"payload_length\":1048577}\n",
            b"{\"type\":\"a\",\"payload_length\":4}\nabc",
        ] {
            let refused = read(bytes);
            assert!(
                matches!(refused, Err(Unreadable::Malformed(_))),
                "{bytes:?}: {refused:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            kind in "[a-z-]{1,12}",
            text in ".{0,40}",
            payload in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let message = Message::with_payload(&kind, json!({"text": text}), payload);
            prop_assert_eq!(read(&written(&message)).unwrap(), Some(message));
        }

        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes).ok();
        }
    }
}
