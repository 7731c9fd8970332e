//! The mails that the attackers read are read rightly.

use locutor_tests::outbox::Message;

#[test]
fn a_token_is_found_behind_soft_line_breaks() {
    let message = Message::parse(
        "To: a@b.example\r\nContent-Type: multipart/alternative;\r\n boundary=\"xy\"\r\n\r\n--xy\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Hello, http://x/auth/verify-email?token=3Dabc=\r\n-12_3 thanks\r\n--xy\r\n\
         Content-Type: text/html\r\n\r\n<p>no</p>\r\n--xy--\r\n",
    );
    assert_eq!(message.header("TO"), "a@b.example");
    assert_eq!(message.token(), Some("abc-12_3"), "{message:?}");
}
