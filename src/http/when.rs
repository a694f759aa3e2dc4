//! A middleware that only some requests need: the others pass beside it.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use futures_util::{
    FutureExt, TryFutureExt,
    future::{self, MapOk},
};

/// `layer`, for the requests that `asks` picks.
pub struct When<T> {
    pub asks: fn(&ServiceRequest) -> bool,
    pub layer: T,
}

/// What [`When`] makes of a service.
pub struct Either<S, L> {
    asks: fn(&ServiceRequest) -> bool,
    plain: Rc<S>,
    layered: L,
}

type ToBoxed<B> = fn(ServiceResponse<B>) -> ServiceResponse<BoxBody>;

impl<S, T, B, C> Transform<S, ServiceRequest> for When<T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    T: Transform<Rc<S>, ServiceRequest, Response = ServiceResponse<C>, Error = Error>,
    T::Transform: 'static,
    T::Future: 'static,
    T::InitError: 'static,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Either<S, T::Transform>;
    type InitError = T::InitError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Transform, Self::InitError>>>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let (asks, plain) = (self.asks, Rc::new(service));
        let layered = self.layer.new_transform(Rc::clone(&plain));
        Box::pin(async move { Ok(Either { asks, plain, layered: layered.await? }) })
    }
}

impl<S, L, B, C> Service<ServiceRequest> for Either<S, L>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    L: Service<ServiceRequest, Response = ServiceResponse<C>, Error = Error>,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = future::Either<MapOk<S::Future, ToBoxed<B>>, MapOk<L::Future, ToBoxed<C>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.layered.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match (self.asks)(&request) {
            true => {
                self.layered.call(request).map_ok(ServiceResponse::map_into_boxed_body as ToBoxed<C>).right_future()
            }
            false => self.plain.call(request).map_ok(ServiceResponse::map_into_boxed_body as ToBoxed<B>).left_future(),
        }
    }
}
