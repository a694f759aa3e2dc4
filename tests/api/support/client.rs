use std::{collections::HashMap, sync::Mutex};

use jsonschema::Validator;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

/// Somebody who calls, with a token or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub base: String,
    pub token: Option<String>,
}

/// A request in the making.
pub struct Request {
    builder: reqwest::RequestBuilder,
    method: Method,
    path: String,
}

/// What came back. It has been held against the published document.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
    request: String,
}

impl Client {
    pub fn new(base: &str, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.into(), token }
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut builder = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { builder, method, path: path.into() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PATCH, path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// Every item of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).await.expect(200);
            items.extend(page["items"].as_array().unwrap().clone());
            let Some(cursor) = page["next_cursor"].as_str() else { return items };
            let joint = if path.contains('?') { '&' } else { '?' };
            next = format!("{path}{joint}cursor={cursor}");
        }
    }
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        self.builder = self.builder.header("content-type", content_type).body(body);
        self
    }

    pub async fn send(self) -> Answer {
        let response = self.builder.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let request = format!("{} {}", self.method, self.path);
        let answer = Answer { status: status.as_u16(), headers, text, json, request };
        answer.carries_the_headers_of_every_answer();
        answer.is_a_problem_if_it_failed(&self.method);
        answer.fits_the_document(&self.method, &self.path, status);
        answer
    }
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} answered {}", self.request, self.text);
        self.json
    }

    /// The faults of a problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.json["code"].as_str()),
            (status, Some(code)),
            "{} answered {}",
            self.request,
            self.text
        );
        self.json["errors"].clone()
    }

    /// A 422 whose only fault has this place and code.
    #[track_caller]
    pub fn invalid_at(self, pointer: &str, code: &str) {
        let (request, text) = (self.request.clone(), self.text.clone());
        let errors = self.refused(422, "validation_failed");
        let place = errors[0]["pointer"].as_str().or(errors[0]["parameter"].as_str());
        assert_eq!((place, errors[0]["code"].as_str()), (Some(pointer), Some(code)), "{request} answered {text}");
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{request} answered {text}");
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[track_caller]
    pub fn etag(&self) -> String {
        self.needed("etag")
    }

    #[track_caller]
    pub fn location(&self) -> String {
        self.needed("location")
    }

    #[track_caller]
    fn needed(&self, name: &str) -> String {
        let value = self.header(name);
        value.unwrap_or_else(|| panic!("{} has no {name}: {} {}", self.request, self.status, self.text)).to_owned()
    }

    #[track_caller]
    fn carries_the_headers_of_every_answer(&self) {
        for name in [
            "x-request-id",
            "x-content-type-options",
            "referrer-policy",
            "content-security-policy",
            "cache-control",
            "vary",
            "ratelimit",
            "ratelimit-policy",
        ] {
            assert!(self.headers.contains_key(name), "{} lacks {name}", self.request);
        }
    }

    /// RFC 9457, with the id of this request. A replayed answer keeps the id of the first.
    #[track_caller]
    fn is_a_problem_if_it_failed(&self, method: &Method) {
        if self.status < 400 {
            return;
        }
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.request);
        if *method == Method::HEAD {
            return assert_eq!(self.text, "", "{} has a body", self.request);
        }
        let code = self.json["code"].as_str().unwrap_or_default();
        assert_eq!(self.json["type"], format!("/problems/{code}"), "{} answered {}", self.request, self.text);
        assert_eq!(self.json["status"], self.status, "{} answered {}", self.request, self.text);
        let id = self.header("x-request-id").unwrap_or_default();
        if let (Ok(id), None) = (uuid::Uuid::parse_str(id), self.header("idempotency-replayed")) {
            assert_eq!(self.json["instance"], format!("urn:uuid:{id}"), "{} answered {}", self.request, self.text);
        }
    }

    #[track_caller]
    fn fits_the_document(&self, method: &Method, path: &str, status: StatusCode) {
        let path = path.split('?').next().unwrap_or(path);
        let Some((template, item)) = find_path(path) else { return };
        let operation = &item[method.as_str().to_lowercase()];
        let operation = if *method == Method::HEAD { &item["get"] } else { operation };
        if operation.is_null() {
            return;
        }
        let mut response = &operation["responses"][status.as_str()];
        assert!(
            !response.is_null(),
            "{method} {template} answers {status}, which the document does not list: {}",
            self.text
        );
        if let Some(reference) = response["$ref"].as_str() {
            response = document().pointer(reference.trim_start_matches('#')).unwrap();
        }
        let content_type = self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let schema = &response["content"][content_type]["schema"];
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(content_type, "application/problem+json", "{}", self.request);
        }
        if *method == Method::HEAD {
            assert_eq!(self.text, "", "{} has a body", self.request);
        } else if let Some(name) = schema["$ref"].as_str().filter(|_| content_type.ends_with("json")) {
            assert_fits(name, &self.json, &self.request);
        } else if content_type == "application/json" && !self.text.is_empty() {
            panic!(
                "{method} {template} answers {status} with a body that the document does not describe: {}",
                self.text
            );
        }
    }
}

/// The published document.
pub fn document() -> &'static Value {
    static DOCUMENT: std::sync::LazyLock<Value> =
        std::sync::LazyLock::new(|| serde_json::from_str(support_network::http::openapi::PUBLISHED).unwrap());
    &DOCUMENT
}

fn find_path(path: &str) -> Option<(&'static String, &'static Value)> {
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template.split('/').zip(path.split('/')).all(|(t, p)| t == p || t.starts_with('{'))
    };
    let paths = document()["paths"].as_object()?;
    // A literal path comes before one with a parameter.
    paths.get_key_value(path).or_else(|| {
        paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(template, _)| template.matches('{').count())
    })
}

#[track_caller]
fn assert_fits(reference: &str, value: &Value, request: &str) {
    static VALIDATORS: Mutex<Option<HashMap<String, &'static Validator>>> = Mutex::new(None);
    let validator = {
        let mut validators = VALIDATORS.lock().unwrap();
        *validators.get_or_insert_default().entry(reference.into()).or_insert_with(|| {
            let schema = json!({"$ref": reference, "components": document()["components"].clone()});
            Box::leak(Box::new(jsonschema::validator_for(&schema).unwrap()))
        })
    };
    let faults: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{request} does not fit {reference}: {faults:?} in {value}");
}
