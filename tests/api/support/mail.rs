use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{OwnedRwLockWriteGuard, RwLock},
};

/// A mail as it came in.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub text: String,
}

impl Mail {
    /// The token in it: the line that is one, or ends with one.
    pub fn token(&self) -> String {
        let word = self.text.lines().filter_map(|line| line.trim().rsplit(['/', '=', ' ']).next()).find(|word| {
            word.len() == 43 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        });
        word.unwrap_or_else(|| panic!("no token in {}", self.text)).to_owned()
    }
}

/// An SMTP server that keeps what it gets.
pub struct MailCatcher {
    pub port: u16,
    caught: Arc<Mutex<Vec<Mail>>>,
    /// Nobody is told that a mail was taken while this is held.
    word: Arc<RwLock<()>>,
}

impl MailCatcher {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (caught, word) = (Arc::new(Mutex::new(Vec::new())), Arc::default());
        let (keep, give) = (Arc::clone(&caught), Arc::clone(&word));
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                actix_web::rt::spawn(converse(stream, Arc::clone(&keep), Arc::clone(&give)));
            }
        });
        Self { port, caught, word }
    }

    /// Until what this gives is dropped, mails are taken and their senders are left waiting for the word.
    pub async fn keep_waiting(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.word).write_owned().await
    }

    /// Every mail so far.
    pub fn all(&self) -> Vec<Mail> {
        self.caught.lock().unwrap().clone()
    }

    /// The `number`th mail to `address` (the first is 1), as soon as it is there.
    pub async fn nth_to(&self, address: &str, number: usize) -> Mail {
        for _ in 0..400 {
            let found = self.all().into_iter().filter(|mail| mail.to == address).nth(number - 1);
            if let Some(mail) = found {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("mail {number} to {address} did not come; there is {:?}", self.all());
    }

    /// The first mail to this address that has these words, once it has come.
    pub async fn saying(&self, address: &str, words: &str) -> Mail {
        for _ in 0..200 {
            let found = self.all().into_iter().find(|mail| mail.to.contains(address) && mail.text.contains(words));
            if let Some(mail) = found {
                return mail;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("no mail to {address} says {words}");
    }

    pub async fn to(&self, address: &str) -> Mail {
        self.nth_to(address, 1).await
    }
}

async fn converse(stream: TcpStream, keep: Arc<Mutex<Vec<Mail>>>, word: Arc<RwLock<()>>) -> Option<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 test\r\n").await.ok()?;
    let mut to = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer: &[u8] = match line.to_ascii_uppercase() {
            command if command.starts_with("RCPT TO:") => {
                to = line.get(9..)?.trim_matches(['<', '>', ' ']).to_owned();
                b"250 ok\r\n"
            }
            command if command == "DATA" => {
                writing.write_all(b"354 go\r\n").await.ok()?;
                let mut text = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    // Undo quoted-printable's soft line breaks and equals signs.
                    match line.strip_suffix('=') {
                        Some(part) => text.push_str(part),
                        None => text.push_str(&format!("{line}\n")),
                    }
                }
                keep.lock().unwrap().push(Mail { to: to.clone(), text: text.replace("=3D", "=") });
                drop(word.read().await);
                b"250 ok\r\n"
            }
            command if command == "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        writing.write_all(answer).await.ok()?;
    }
    Some(())
}
