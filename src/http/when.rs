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
    S::Future: 'static,
    L::Future: 'static,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.layered.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if (self.asks)(&request) {
            let answer = self.layered.call(request);
            return Box::pin(async move { Ok(answer.await?.map_into_boxed_body()) });
        }
        let answer = self.plain.call(request);
        Box::pin(async move { Ok(answer.await?.map_into_boxed_body()) })
    }
}
