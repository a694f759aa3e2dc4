use actix_web::{delete, get, post};

use super::{
    schema::{Block, BlockCreate, BlockPage},
    store::{self, Seen},
};
use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
    },
    problem::Result,
    state::App,
};

/// A block is there or it is not; it never changes.
const VERSION: i64 = 1;

/// List my blocks
///
/// The colleagues whom I do not wish to meet, those blocked last first. Nobody else sees this.
#[utoipa::path(operation_id = "listBlocks", tag = "Blocks", params(PageParams),
    security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "One page.", body = BlockPage)))]
#[get("/me/blocks")]
pub async fn list(app: App, caller: Caller, paging: Paging) -> Result<Page<Block>> {
    let rows = store::list(app.db.read(), caller.account_id, &paging.0).await?;
    paging.page(&app, rows, Block::from)
}

/// Block a colleague
///
/// Neither of us gets a seat in a group in which the other has one, and neither is told why. It is mine alone: the
/// colleague does not learn of it, and no moderator does. Blocking again changes nothing and answers 200 with the block
/// that stands.
#[utoipa::path(operation_id = "createBlock", tag = "Blocks", request_body = BlockCreate,
    security(("bearerAuth" = ["account:write"])),
    responses((status = 201, description = "The block.", body = Block),
        (status = 200, description = "The block, which stood already.", body = Block)))]
#[post("/me/blocks")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<BlockCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| match store::create(tx, caller.account_id, body.0.account_id, now).await? {
        (known, false) => answer(known),
        (made, true) => {
            let location = format!("/v1/me/blocks/{}", made.0.blocked_id);
            Answer::created(location, VERSION, &Block::from(made))
        }
    })
    .await
}

/// Get a block
///
/// One of mine.
#[utoipa::path(operation_id = "getBlock", tag = "Blocks",
    params(("account_id" = Uuid, Path, description = "Whom I block.")),
    security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "The block.", body = Block)))]
#[get("/me/blocks/:account_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    answer(store::get(app.db.read(), caller.account_id, id.0).await?)
}

/// Unblock a colleague
///
/// We can meet again.
#[utoipa::path(operation_id = "deleteBlock", tag = "Blocks",
    params(("account_id" = Uuid, Path, description = "Whom I block."), IfMatch),
    security(("bearerAuth" = ["account:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/me/blocks/:account_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            store::get(tx, caller.account_id, id.0).await?;
            version.check(VERSION)?;
            store::delete(tx, caller.account_id, id.0).await?;
            Ok(Answer::no_content())
        })
        .await
}

fn answer(seen: Seen) -> Result<Answer> {
    Answer::ok(VERSION, &Block::from(seen))
}
