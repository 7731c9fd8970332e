//! Writes small GGUF files for tests.

use super::Format;

/// Collects pairs and tensors.
#[derive(Default)]
pub(in crate::generate) struct Writer {
    pairs: Vec<u8>,
    pair_count: u64,
    headers: Vec<u8>,
    tensor_count: u64,
    data: Vec<u8>,
}

fn string(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

impl Writer {
    fn key(&mut self, key: &str, kind: u32) {
        self.pair_count += 1;
        string(&mut self.pairs, key);
        self.pairs.extend(kind.to_le_bytes());
    }

    pub(in crate::generate) fn text(&mut self, key: &str, value: &str) {
        self.key(key, 8);
        string(&mut self.pairs, value);
    }

    pub(in crate::generate) fn number(&mut self, key: &str, value: u32) {
        self.key(key, 4);
        self.pairs.extend(value.to_le_bytes());
    }

    pub(in crate::generate) fn fraction(&mut self, key: &str, value: f32) {
        self.key(key, 6);
        self.pairs.extend(value.to_le_bytes());
    }

    pub(in crate::generate) fn texts(&mut self, key: &str, values: &[&str]) {
        self.key(key, 9);
        self.pairs.extend(8_u32.to_le_bytes());
        self.pairs.extend((values.len() as u64).to_le_bytes());
        for value in values {
            string(&mut self.pairs, value);
        }
    }

    /// Adds a tensor; its bytes are blocks of the format.
    pub(in crate::generate) fn tensor(
        &mut self,
        name: &str,
        shape: &[usize],
        format: Format,
        bytes: &[u8],
    ) {
        self.tensor_count += 1;
        string(&mut self.headers, name);
        self.headers.extend((shape.len() as u32).to_le_bytes());
        for length in shape {
            self.headers.extend((*length as u64).to_le_bytes());
        }
        self.headers.extend((format as u32).to_le_bytes());
        self.headers.extend((self.data.len() as u64).to_le_bytes());
        self.data.extend(bytes);
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    pub(in crate::generate) fn finish(self) -> Vec<u8> {
        let mut file = b"GGUF\x03\0\0\0".to_vec();
        file.extend(self.tensor_count.to_le_bytes());
        file.extend(self.pair_count.to_le_bytes());
        file.extend(self.pairs);
        file.extend(self.headers);
        file.resize(file.len().next_multiple_of(32), 0);
        file.extend(self.data);
        file
    }
}
