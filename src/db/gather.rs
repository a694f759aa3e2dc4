//! Reads by id, gathered: what the requests of one thread ask for at the same time is one query.
//!
//! A round trip costs more than the row that it brings. While one query is under way the next ids come together, so
//! nobody waits longer than for the query before.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, Value};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{key_of, readers::Readers, rows};
use crate::problem::{Problem, REQUEST_ID, Result};

/// Ids that one query asks for at most.
const MOST_IDS: usize = 64;

/// Who asked, and for what.
type Asked<M> = Vec<(Uuid, oneshot::Sender<Result<Option<M>>>)>;

/// The ids that wait, by entity. An entity that has an entry has a task that sees to it.
#[derive(Clone, Default)]
pub(super) struct Gatherer(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl Gatherer {
    /// The row with this id.
    pub(super) async fn find<E>(&self, readers: &Arc<Readers>, id: Uuid) -> Result<Option<E::Model>>
    where
        E: EntityTrait<Model: Clone + Send + Sync + DeserializeOwned>,
    {
        let (tell, found) = oneshot::channel();
        if self.add::<E>(id, tell) {
            let (attended, readers) = (Attended::<E>::new(self.clone()), Arc::clone(readers));
            let queries = async move { attended.query(&readers).await };
            match REQUEST_ID.try_with(|id| *id) {
                Ok(request) => tokio::spawn(REQUEST_ID.scope(request, queries)),
                Err(_) => tokio::spawn(queries),
            };
        }
        found.await.map_err(|_| Problem::unavailable("the reader has stopped"))?
    }

    /// Whether nobody sees to this entity yet.
    fn add<E: EntityTrait<Model: Send>>(&self, id: Uuid, tell: oneshot::Sender<Result<Option<E::Model>>>) -> bool {
        let mut entities = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting =
            entities.get_mut(&TypeId::of::<E>()).and_then(|waiting| waiting.downcast_mut::<Asked<E::Model>>());
        match waiting {
            Some(waiting) => {
                waiting.push((id, tell));
                false
            }
            None => {
                let asked: Asked<E::Model> = vec![(id, tell)];
                entities.insert(TypeId::of::<E>(), Box::new(asked));
                true
            }
        }
    }

    /// Those who wait, as many as one query serves. Where there are none, the entity is seen to no longer.
    fn take<E: EntityTrait<Model: Send>>(&self) -> Asked<E::Model> {
        let mut entities = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting =
            entities.get_mut(&TypeId::of::<E>()).and_then(|waiting| waiting.downcast_mut::<Asked<E::Model>>());
        let taken: Asked<E::Model> =
            waiting.map(|waiting| waiting.drain(..waiting.len().min(MOST_IDS)).collect()).unwrap_or_default();
        if taken.is_empty() {
            entities.remove(&TypeId::of::<E>());
        }
        taken
    }
}

/// An entity that is seen to. Where its task ends early, because its thread does, those who wait are let go.
struct Attended<E: EntityTrait> {
    gatherer: Gatherer,
    done: bool,
    entity: PhantomData<fn() -> E>,
}

impl<E: EntityTrait<Model: Clone + Send + Sync + DeserializeOwned>> Attended<E> {
    fn new(gatherer: Gatherer) -> Self {
        Self { gatherer, done: false, entity: PhantomData }
    }

    async fn query(mut self, readers: &Readers) {
        loop {
            // Whoever is ready to run on this thread asks first.
            tokio::task::yield_now().await;
            let asked = self.gatherer.take::<E>();
            if asked.is_empty() {
                self.done = true;
                return;
            }
            let ids = asked.iter().map(|(id, _)| *id).collect();
            match by_id::<E>(readers, ids).await {
                Ok(rows) => {
                    for (id, tell) in asked {
                        tell.send(Ok(rows.get(&id).cloned())).ok();
                    }
                }
                Err(problem) => {
                    asked.into_iter().for_each(|(_, tell)| drop(tell.send(Err(problem.clone()))));
                }
            }
        }
    }
}

impl<E: EntityTrait> Drop for Attended<E> {
    fn drop(&mut self) {
        if !self.done {
            self.gatherer.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&TypeId::of::<E>());
        }
    }
}

async fn by_id<E>(readers: &Readers, mut ids: Vec<Uuid>) -> Result<HashMap<Uuid, E::Model>>
where
    E: EntityTrait<Model: DeserializeOwned>,
{
    let Some(key) = key_of::<E>() else { return Ok(HashMap::new()) };
    // A few lengths only, so that the database knows the statement; an id that stands twice is harmless.
    if let Some(last) = ids.last().copied() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    let rows = rows::all(readers, E::find().filter(key.is_in(ids))).await?;
    let keyed = |row: E::Model| match row.get(key) {
        Value::Uuid(Some(id)) => Some((id, row)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(keyed).collect())
}
