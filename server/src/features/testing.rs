//! What tests of the account slices share: the services on a fresh database of each kind, a clock
//! that is set by hand, and a mailbox.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{
    accounts::{AccountService, ErrandJob, NewAccount},
    api_keys::KeyService,
    audit::{AuditKey, AuditService, Filter},
    jobs::JobQueue,
    organisations::{FIRST, OrganisationService},
    sessions::{Authenticator, Credentials, Families, Login, SignedTokens, TokenPair},
};
use crate::{
    access::{Caller, Role, Scope},
    adapters::{MemoryMailer, SettableClock, SystemRandomness},
    app::Identity,
    config::Auth,
    database::testing::{self, TestDatabase},
    entity::job,
    foundation::{Foundation, Parts},
    http::{EmailAddress, Origin},
    letters::LetterJob,
    ports::{JobHandler, RunningJob},
    secrets::ServerSecret,
};
use sea_orm::EntityTrait;
use uuid::Uuid;

/// A password that keeps the rules.
pub const PASSWORD: &str = "plum harbour quiet lantern";

/// The services on one database.
pub struct World {
    pub foundation: Foundation,
    pub clock: Arc<SettableClock>,
    pub mail: Arc<MemoryMailer>,
    pub keys: KeyService,
    pub organisations: OrganisationService,
    pub families: Families,
    pub accounts: AccountService,
    pub tokens: SignedTokens,
    pub login: Login,
    pub authenticator: Authenticator,
    pub audit: AuditService,
    settings: Arc<Auth>,
    _test: TestDatabase,
}

/// One world for each kind of database.
pub async fn worlds() -> Vec<World> {
    testing::each().await.into_iter().map(world).collect()
}

/// One world on SQLite.
pub async fn sqlite_world() -> World {
    world(testing::sqlite().await)
}

fn world(test: TestDatabase) -> World {
    let clock = Arc::new(SettableClock::default());
    let randomness = Arc::new(SystemRandomness);
    let audit = AuditService::new(
        test.database.clone(),
        AuditKey::new([7; 32]),
        clock.clone(),
        randomness.clone(),
    );
    let foundation = Foundation::from(Parts {
        database: test.database.clone(),
        clock: clock.clone(),
        randomness: randomness.clone(),
        secret: ServerSecret::new(b"of a test"),
        audit: audit.log(),
        jobs: Arc::new(JobQueue::new(clock.clone(), randomness)),
    });
    let settings = Arc::new(Auth::default());
    let Identity {
        keys,
        organisations,
        families,
        accounts,
        tokens,
        login,
        authenticator,
    } = Identity::new(&foundation, &settings);
    World {
        foundation,
        clock,
        mail: Arc::default(),
        keys,
        organisations,
        families,
        accounts,
        tokens,
        login,
        authenticator,
        audit,
        settings,
        _test: test,
    }
}

/// A request from that address.
pub fn from(address: &str) -> Origin {
    Origin {
        address: address.parse::<IpAddr>().unwrap(),
        agent: "test".into(),
        request: "request".into(),
    }
}

/// Somebody who wants an account.
pub fn newcomer(email: &str) -> NewAccount {
    NewAccount {
        email: EmailAddress::new(email).unwrap(),
        password: PASSWORD.into(),
        name: "Ada Lovelace".into(),
        invitation: None,
    }
}

/// What an account logs in with.
pub fn credentials(email: &str, password: &str) -> Credentials {
    Credentials {
        email: EmailAddress::new(email).unwrap(),
        password: password.into(),
        code: None,
        device: None,
    }
}

/// As `POST /auth/switch` and a new look.
pub fn working_in(caller: Caller, organisation: Uuid, role: Role) -> Caller {
    Caller {
        organisation,
        scopes: role.scopes().with(Scope::AccountManage),
        ..caller
    }
}

impl World {
    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Does the jobs that wait, errands first and then the letters that they queued.
    pub async fn work(&self) {
        let errands = ErrandJob::new(self.foundation.clone(), self.settings.clone());
        let letters = LetterJob::new(
            self.mail.clone(),
            self.foundation.secret.clone(),
            "https://locutor.example",
        );
        for handler in [&errands as &dyn JobHandler, &letters] {
            let jobs = job::Entity::find()
                .all(self.foundation.database.reader())
                .await
                .unwrap();
            for row in jobs.into_iter().filter(|row| row.kind == handler.kind()) {
                let running = RunningJob {
                    id: row.id,
                    payload: row.payload,
                    attempt: 1,
                    organisation: None,
                };
                let effects = handler.work(&running).await.unwrap();
                let transaction = self.foundation.database.begin().await.unwrap();
                effects.apply(&transaction).await.unwrap();
                job::Entity::delete_by_id(row.id)
                    .exec(&transaction)
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
            }
        }
    }

    /// The token in the latest mail to an address, after the jobs were done.
    pub async fn mailed_token(&self, email: &str) -> String {
        self.work().await;
        let sent = self.mail.sent();
        let mail = sent.iter().rev().find(|mail| mail.to == email).unwrap();
        let (_, rest) = mail.text.split_once("#token=").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// How many mails an address got, after the jobs were done.
    pub async fn mails(&self, email: &str) -> usize {
        self.work().await;
        let sent = self.mail.sent();
        sent.iter().filter(|mail| mail.to == email).count()
    }

    /// An account whose address is proved.
    pub async fn person(&self, email: &str) -> Uuid {
        self.accounts.create(newcomer(email), false).await.unwrap()
    }

    /// A member of the first organisation who works there.
    pub async fn member(&self, email: &str, role: Role) -> Caller {
        let id = self.person(email).await;
        let transaction = self.foundation.database.begin().await.unwrap();
        self.organisations
            .join(&transaction, FIRST, id, role)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let session = self.session(email).await;
        let caller = self.caller(&session.access_token).await.unwrap();
        working_in(caller, FIRST, role)
    }

    /// The tokens of a new session.
    pub async fn session(&self, email: &str) -> TokenPair {
        let origin = from("203.0.113.7");
        let begun = self
            .login
            .login(credentials(email, PASSWORD), &origin)
            .await;
        begun.unwrap().tokens
    }

    /// The caller with an access token.
    pub async fn caller(&self, token: &str) -> Option<Caller> {
        let credential = self.authenticator.credential(token, None).unwrap();
        let found = self.authenticator.caller(&credential).await.unwrap();
        found.map(|found| found.caller)
    }

    /// The actions in the audit log, oldest first.
    pub async fn actions(&self) -> Vec<String> {
        let page = self
            .audit
            .list(&Filter::default(), None, 200)
            .await
            .unwrap();
        page.data
            .into_iter()
            .rev()
            .map(|event| event.action)
            .collect()
    }
}
