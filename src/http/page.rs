//! Pages of a list: `limit` and `cursor` in, items and `Link` out.

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, body::BoxBody, dev::Payload, http::header};
use serde::Serialize;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type},
};

use super::{
    faults::Argument,
    query::{pairs, without, without_faults},
};
use crate::{
    db::page::{PageRequest, Rows},
    problem::{Fault, Problem, Result},
    state::{App, State},
};

/// How a list is paged.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents what `Paging` reads")]
pub struct PageParams {
    /// How many items a page holds.
    #[param(minimum = 1, maximum = 100, default = 25, required = false)]
    limit: Option<u32>,
    /// `next_cursor` of the page before. Keep sort and filters.
    #[param(nullable = false, max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all items that the filters let through.
    #[param(nullable = false)]
    include_total: Option<bool>,
}

/// The page that is asked for. The cursor has been checked against sort and filters.
pub struct Paging(pub PageRequest);

impl FromRequest for Paging {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Argument::new(request, read(request).map(Self))
    }
}

fn read(request: &HttpRequest) -> Result<PageRequest> {
    let app = request.app_data::<App>().ok_or_else(|| Problem::internal("no state"))?;
    let (mut limit, mut cursor, mut include_total) = (None, None, None);
    let mut list = vec![(Cow::from("path"), Cow::from(request.path()))];
    let mut faults = Vec::new();
    let mut once = |slot: &mut Option<String>, name: &str, value: Cow<'_, str>| {
        if slot.replace(value.into_owned()).is_some() {
            faults.push(Fault::parameter(name, "duplicate_parameter", "must stand once"));
        }
    };
    let query = without_faults(request);
    for (name, value) in pairs(&query) {
        match name.as_ref() {
            "limit" => once(&mut limit, "limit", value),
            "cursor" => once(&mut cursor, "cursor", value),
            "include_total" => once(&mut include_total, "include_total", value),
            _ => list.push((name, value)),
        }
    }
    let limit = match limit.as_deref().map(read_limit) {
        None => 25,
        Some(Ok(limit)) => limit,
        Some(Err(code)) => {
            faults.push(Fault::parameter("limit", code, "must be a whole number between 1 and 100"));
            25
        }
    };
    let include_total = match include_total.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            faults.push(Fault::parameter("include_total", "wrong_type", "must be true or false"));
            false
        }
    };
    list.sort();
    // No control character is let through to here, so none can pass for an end.
    let list = list.iter().flat_map(|(name, value)| [name, "=", value, "\n"]).collect();
    let mut page = PageRequest::new(limit, include_total, cursor.as_deref(), list, &app.master_key);
    if let Err(problem) = &mut page {
        faults.extend(problem.take_errors());
    }
    if faults.is_empty() { page } else { Err(Problem::invalid(faults)) }
}

/// A number of items, or the code of what is wrong with it.
fn read_limit(text: &str) -> std::result::Result<u64, &'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match text.parse() {
        _ if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => Err("wrong_type"),
        Ok(limit @ 1..=100) => Ok(limit),
        _ => Err("out_of_range"),
    }
}

/// One page of `T`.
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl Paging {
    /// The rows as they go over the wire.
    pub fn page<M, T>(&self, app: &State, rows: Rows<M>, convert: impl FnMut(M) -> T) -> Result<Page<T>> {
        let next_cursor = rows.next.map(|next| self.0.cursor(next, &app.master_key)).transpose()?;
        Ok(Page { items: rows.rows.into_iter().map(convert).collect(), next_cursor, total: rows.total })
    }
}

impl<T: Serialize> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        respond(request, self.next_cursor.as_deref(), self.items.len(), &self)
    }
}

/// The answer with a page of so many items, which may say more than [`Page`] does, and where the next one is.
pub fn respond(request: &HttpRequest, next_cursor: Option<&str>, items: usize, page: &impl Serialize) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = next_cursor {
        let others = without(request.query_string(), &["cursor"]);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs(&others))
            .append_pair("cursor", cursor)
            .finish();
        response.insert_header((header::LINK, format!("<{}?{query}>; rel=\"next\"", request.path())));
    }
    // One that grows on the way is copied each time.
    let mut body = Vec::with_capacity((items + 1) * 1024);
    match serde_json::to_writer(&mut body, page) {
        Ok(()) => response.content_type("application/json").body(body),
        Err(error) => HttpResponse::from_error(Problem::internal(error)),
    }
}

// utoipa inlines the argument of a generic type, so the schema is written by hand.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new()
            .items(Ref::from_schema_name(T::name()))
            .max_items(Some(100))
            .description(Some("The items, in the order that was asked for."));
        let next_cursor = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(2000))
            .description(Some("Where the next page starts. The last page has none."));
        let total = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .description(Some("All items that the filters let through, where `include_total` asked for it."));
        ObjectBuilder::new()
            .description(Some(format!("One page of {} items.", T::name())))
            .property("items", items)
            .property("next_cursor", next_cursor)
            .property("total", total)
            .required("items")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}
