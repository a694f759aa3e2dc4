//! A directory of organizations, one of which has many members.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryFilter};
use support_network::{
    accounts,
    db::Db,
    entities::{account, account::PlatformRole, membership, organization},
};
use uuid::Uuid;

use super::{client::Call, servers::Service};

pub const ORGANIZATIONS: usize = 100_000;
pub const MEMBERS: usize = 5_000;
/// The deepest page that is measured: ten items each, so that 100,000 organizations have as many.
pub const DEEP: usize = 9_999;

pub struct Directory {
    /// The one with the members.
    pub first: Uuid,
    pub first_etag: String,
    pub organizations: Vec<Uuid>,
    /// Pages of 25 from all over the list, by kind and by country, upwards and downwards.
    pub pages: Vec<String>,
    pub first_page: String,
    pub deep_page: String,
}

/// The service on such a directory, a moderator signed in.
pub async fn start(database_url: Option<String>) -> Service<Directory> {
    let mut service = Service::start(database_url, fill).await;
    let url = format!("http://{}/v1/organizations/{}", service.address, service.data.first);
    let answer = reqwest::Client::new().get(url).bearer_auth(&service.token).send().await.unwrap();
    service.data.first_etag = answer.headers()["etag"].to_str().unwrap().to_owned();
    service.walk().await;
    service
}

impl Service<Directory> {
    /// Walks lists to learn cursors from all over them.
    async fn walk(&mut self) {
        for sort in ["name", "-name"] {
            for filter in ["kind=local_association", "kind=local_association&country=US"] {
                let list = format!("/v1/organizations?{filter}&sort={sort}");
                let walked = self.cursors(&format!("{list}&limit=100"), 330).await;
                self.data.pages.extend(walked.iter().map(|cursor| format!("{list}&limit=25&cursor={cursor}")));
            }
        }
        let deep = self.cursors("/v1/organizations?sort=created_at&limit=100", (DEEP - 1) / 10).await;
        self.data.deep_page = format!("{}&cursor={}", self.data.first_page, deep.last().unwrap());
    }

    /// The path of one of them, another for each number.
    pub fn any(&self, number: usize) -> String {
        let organizations = &self.data.organizations;
        format!("/v1/organizations/{}", organizations[number * 7919 % organizations.len()])
    }

    /// The path of a page of the lists, another for each number.
    pub fn page(&self, number: usize) -> &str {
        &self.data.pages[number * 37 % self.data.pages.len()]
    }

    pub fn create(&self, number: usize) -> Call {
        let body = format!(
            r#"{{"name":"Proposal {number}","kind":"local_association","country":"US","disciplines":["psychology"]}}"#
        );
        self.post("/v1/organizations", body)
    }
}

/// Copies one organization many times, and gives another many members.
async fn fill(db: &Db) -> Directory {
    let now = chrono::Utc::now();
    accounts::store::grant(db, "bench@example.org", PlatformRole::Moderator, now).await.unwrap();
    let pattern = organization::Entity::find()
        .filter(organization::COLUMN.short_name.eq("CAMFT"))
        .one(db.read())
        .await
        .unwrap()
        .unwrap();
    let anybody = account::Entity::find().one(db.read()).await.unwrap().unwrap();
    let ids: Vec<Uuid> = (0..ORGANIZATIONS).map(|_| Uuid::now_v7()).collect();
    for (chunk_number, chunk) in ids.chunks(500).enumerate() {
        let rows: Vec<organization::ActiveModel> = chunk
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let number = chunk_number * 500 + at;
                let words = ["river", "harbor", "meadow", "summit"][number % 4];
                organization::ActiveModel {
                    id: Set(*id),
                    name: Set(format!("Association {number}")),
                    slug: Set(format!("association-{number}")),
                    sort_name: Set(format!("association {number:06}")),
                    search_name: Set(format!("association {number:06}")),
                    search_text: Set(format!("{words} place{}", number % 1000)),
                    kind: Set(if number % 3 == 0 {
                        organization::OrganizationKind::LocalAssociation
                    } else {
                        organization::OrganizationKind::OnlineCommunity
                    }),
                    ..pattern.clone().into()
                }
                .reset_all()
            })
            .collect();
        db.write(async |tx| {
            organization::Entity::insert_many(rows.clone()).exec_without_returning(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    }
    for chunk in (0..MEMBERS).collect::<Vec<_>>().chunks(500) {
        let people: Vec<Uuid> = chunk.iter().map(|_| Uuid::now_v7()).collect();
        let accounts: Vec<account::ActiveModel> = people
            .iter()
            .map(|id| {
                account::ActiveModel {
                    id: Set(*id),
                    email: Set(format!("{id}@example.org")),
                    email_key: Set(Some(format!("{id}@example.org"))),
                    display_name: Set("A colleague".into()),
                    platform_role: Set(PlatformRole::Member),
                    ..anybody.clone().into()
                }
                .reset_all()
            })
            .collect();
        let members: Vec<membership::ActiveModel> = people
            .iter()
            .map(|id| membership::ActiveModel {
                id: Set(Uuid::now_v7()),
                account_id: Set(*id),
                kind: Set(membership::MembershipKind::Organization),
                organization_id: Set(Some(pattern.id)),
                role: Set(membership::MembershipRole::Member),
                status: Set(membership::MembershipStatus::Active),
                requested_at: Set(now),
                joined_at: Set(Some(now)),
                verification: Set(membership::Verification::SelfReported),
                version: Set(1),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            })
            .collect();
        db.write(async |tx| {
            account::Entity::insert_many(accounts.clone()).exec_without_returning(tx).await?;
            membership::Entity::insert_many(members.clone()).exec_without_returning(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    }
    Directory {
        first: pattern.id,
        first_etag: String::new(),
        organizations: ids,
        pages: Vec::new(),
        first_page: "/v1/organizations?limit=10&sort=created_at".into(),
        deep_page: String::new(),
    }
}
