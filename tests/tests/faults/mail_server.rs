//! A small mail server that keeps what it gets, may take its time, and can go away.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Result, anyhow};
use locutor_tests::outbox::Message;

/// A mail server.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    closed: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
    kept: Mutex<Vec<String>>,
    pause: Duration,
}

impl MailServer {
    /// Starts one that waits so long before it says that it kept a message.
    ///
    /// # Errors
    /// When it gets no port.
    pub fn start(pause: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut server = Self {
            address: listener.local_addr()?,
            shared: Arc::new(Shared {
                pause,
                ..Shared::default()
            }),
            listening: None,
        };
        server.listen(listener);
        Ok(server)
    }

    /// What a Locutor needs to know to use it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LOCUTOR_MAIL__TRANSPORT", "smtp".to_owned()),
            ("LOCUTOR_MAIL__SECURITY", "none".to_owned()),
            ("LOCUTOR_MAIL__HOST", "127.0.0.1".to_owned()),
            ("LOCUTOR_MAIL__PORT", self.address.port().to_string()),
        ]
    }

    /// Closes its port and all connections.
    ///
    /// # Errors
    /// When its thread failed.
    pub fn stop(&mut self) -> Result<()> {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        TcpStream::connect(self.address).ok();
        for connection in lock(&self.shared.connections).drain(..) {
            connection.shutdown(std::net::Shutdown::Both).ok();
        }
        let listening = self.listening.take().map(JoinHandle::join);
        listening
            .unwrap_or(Ok(()))
            .map_err(|_| anyhow!("the mail server panicked"))
    }

    /// Opens its port again.
    ///
    /// # Errors
    /// When somebody else took it.
    pub fn resume(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address)?;
        self.shared.closed.store(false, Ordering::SeqCst);
        self.listen(listener);
        Ok(())
    }

    /// Every message that it got, the oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let kept = lock(&self.shared.kept);
        kept.iter().map(|text| Message::parse(text)).collect()
    }

    fn listen(&mut self, listener: TcpListener) {
        let shared = self.shared.clone();
        self.listening = Some(thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                lock(&shared.connections).extend(stream.try_clone());
                let shared = shared.clone();
                // A client that goes away in the middle is no failure of the server.
                thread::spawn(move || shared.serve(stream).ok());
            }
        }));
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop().ok();
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let lines = BufReader::new(stream.try_clone()?).lines();
        let mut message = None::<String>;
        stream.write_all(b"220 test ESMTP\r\n")?;
        for line in lines {
            let line = line?;
            let reply = match &mut message {
                Some(text) if line != "." => {
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push_str("\r\n");
                    continue;
                }
                Some(_) => {
                    lock(&self.kept).extend(message.take());
                    thread::sleep(self.pause);
                    "250 kept"
                }
                None => answer(&line),
            };
            if reply.starts_with("354") {
                message = Some(String::new());
            }
            stream.write_all(format!("{reply}\r\n").as_bytes())?;
        }
        Ok(())
    }
}

fn answer(line: &str) -> &'static str {
    match line.split(' ').next().unwrap_or_default() {
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 yes",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
