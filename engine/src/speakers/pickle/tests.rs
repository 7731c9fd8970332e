use super::*;

/// What `PyTorch` wrote before 1.6 for `{"a": a tensor}` with two rows of two numbers, the last of five stored.
fn file() -> Vec<u8> {
    let mut bytes =
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00.".to_vec();
    bytes.extend(b"\x80\x02}q\x00X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\nq\x01((");
    bytes.extend(b"X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x05NtQ");
    bytes.extend(b"K\x01K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtRs.");
    bytes.extend(b"\x80\x02]q\x00X\x01\x00\x00\x007a.");
    bytes.extend(5_u64.to_le_bytes());
    bytes.extend(
        [0.0_f32, 1.0, 2.0, 3.0, 4.0]
            .iter()
            .flat_map(|number| number.to_le_bytes()),
    );
    bytes
}

#[test]
fn a_tensor_is_found() -> Result<()> {
    let bytes = file();
    let tensors = read(&bytes)?;
    assert_eq!(tensors.values("a", &[2, 2])?, [1.0, 2.0, 3.0, 4.0]);
    assert!(tensors.values("a", &[4]).is_err());
    assert!(tensors.values("b", &[2, 2]).is_err());
    Ok(())
}

#[test]
fn part_of_a_file_is_an_error() {
    let bytes = file();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn changed_bytes_are_survived() {
    let bytes = file();
    for place in 0..bytes.len() {
        for byte in 0..=255 {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            if let Ok(tensors) = read(&bytes) {
                drop(tensors.values("a", &[2, 2]));
            }
        }
    }
}

#[test]
fn what_grows_with_every_byte_elsewhere_does_not_here() {
    // Each round makes a pair of twice what was remembered.
    let mut bytes = b"\x80\x02Nq\x00".to_vec();
    bytes.extend(b"h\x00h\x00\x86q\x00".repeat(100_000));
    assert!(read(&bytes).is_err());
    assert!(read(&b"(".repeat(LONGEST)).is_err());
    assert!(read(b"X\xff\xff\xff\xff").is_err());
}
