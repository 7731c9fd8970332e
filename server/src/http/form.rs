//! Forms, and their text fields, read strictly: whole, of bounded length and valid UTF-8.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::{HeaderMap, StatusCode, header},
};

use super::{BodyLimit, Fault, form_fault};

/// Whether a body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| kind.as_bytes().to_ascii_lowercase());
    kind.is_some_and(|kind| kind.starts_with(b"multipart/form-data"))
}

/// The body as a form.
///
/// # Errors
/// 400 when it is none.
pub async fn read_form<S: Send + Sync>(request: Request, state: &S) -> Result<Multipart, Fault> {
    let form = Multipart::from_request(request, state).await;
    form.map_err(|error| {
        let message = format!("send a multipart/form-data body: {}", error.body_text());
        Fault::new(StatusCode::BAD_REQUEST, "malformed_body", message)
    })
}

/// Reads a field that holds text.
///
/// # Errors
/// 400 that names the field when it is longer than `most_bytes` or not UTF-8; 413 when the whole
/// body is too large.
pub async fn form_text(
    mut field: Field<'_>,
    most_bytes: usize,
    limit: Option<BodyLimit>,
) -> Result<String, Fault> {
    let name = field.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(piece) = field
        .chunk()
        .await
        .map_err(|error| form_fault(&error, limit))?
    {
        // Refused before it is kept, so that no field takes up more memory than it may.
        if bytes.len() + piece.len() > most_bytes {
            let message = format!("is longer than {most_bytes} bytes, the most this field takes");
            return Err(Fault::invalid(name, message));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        Fault::invalid(name, format!("is not UTF-8: byte {position} is invalid"))
    })
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        extract::{FromRequest, Multipart, Request},
    };

    use super::*;

    async fn read(value: &[u8], most_bytes: usize) -> Result<String, Fault> {
        let mut body = b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n".to_vec();
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap();
        let mut form = Multipart::from_request(request, &()).await.unwrap();
        let field = form.next_field().await.unwrap().unwrap();
        form_text(field, most_bytes, None).await
    }

    #[tokio::test]
    async fn a_field_is_read_whole_or_refused_by_name() {
        assert_eq!(read("Mühle".as_bytes(), 6).await.unwrap(), "Mühle");
        assert_eq!(read(b"", 0).await.unwrap(), "");
        for (value, fragment) in [(&b"1234567"[..], "6 bytes"), (b"ab\xffc", "byte 2")] {
            let fault = read(value, 6).await.unwrap_err();
            assert_eq!(
                (fault.status.as_u16(), fault.fields[0].field.as_str()),
                (400, "title")
            );
            assert!(fault.message.contains(fragment), "{}", fault.message);
        }
    }
}
