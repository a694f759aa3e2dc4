//! A certificate as a page.

use reqwest::Method;
use serde_json::json;

use crate::support::{Person, TestApp, took_part};

struct Printed {
    status: u16,
    content_type: String,
    disposition: String,
    bytes: Vec<u8>,
}

/// The page as it came, byte by byte.
async fn print(person: &Person, path: &str) -> Printed {
    // The harness looks at the answer too.
    let answer = person.request(Method::GET, path).header("Accept", "application/pdf").send().await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let request = reqwest::Client::new().get(format!("{}{path}", person.base)).header("Accept", "application/pdf");
    let response = request.bearer_auth(person.token.as_ref().unwrap()).send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    Printed {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        disposition: header("content-disposition"),
        bytes: response.bytes().await.unwrap().to_vec(),
    }
}

fn count(page: &[u8], word: &str) -> usize {
    page.windows(word.len()).filter(|window| *window == word.as_bytes()).count()
}

#[actix_web::test]
async fn a_certificate_is_printed_on_the_sheet_of_the_country() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"name": "<script>alert(1)</script> (x) Tj"})).await;
    let ana = circle.owner.clone();
    ana.patch("/v1/me", json!({"display_name": "Zoë Παπαδοπούλου Иванова 王 🙂"})).await.expect(200);
    let own = circle.membership_of(&ana).await;
    app.held_meeting_of(&circle, json!([took_part(&own, "present")])).await;
    let body = json!({"consultation_group_id": circle.id, "from": app.day(-30), "to": app.day(0)});
    let issued = ana.post("/v1/me/certificates", body).await.expect(201);
    let path = format!("/v1/me/certificates/{}", issued["id"].as_str().unwrap());
    for (country, box_of_sheet) in
        [(None, "[0 0 595"), (Some("DE"), "[0 0 595"), (Some("US"), "[0 0 612"), (Some("CA"), "[0 0 612")]
    {
        if let Some(country) = country {
            let profile = ana.put("/v1/me/profile", json!({"country": country})).await;
            assert!(matches!(profile.status, 200 | 201), "{}", profile.text);
        }
        let page = print(&ana, &path).await;
        assert_eq!((page.status, page.content_type.as_str()), (200, "application/pdf"));
        assert_eq!(page.disposition, "attachment; filename=\"consultation-hours.pdf\"");
        assert!(page.bytes.starts_with(b"%PDF-") && page.bytes.trim_ascii_end().ends_with(b"%%EOF"), "{country:?}");
        assert_eq!(
            count(&page.bytes, "/Type/Page") + count(&page.bytes, "/Type /Page"),
            2,
            "a page and the list of them"
        );
        assert!(count(&page.bytes, box_of_sheet) > 0, "{country:?}");
        for active in ["/JavaScript", "/OpenAction", "/Launch", "<script>"] {
            assert_eq!(count(&page.bytes, active), 0, "{active}");
        }
    }
    ana.delete(&path).await.expect(204);
    let gone = ana.request(Method::GET, &path).header("Accept", "application/pdf").send().await;
    assert_eq!(gone.json["detail"], "the certificate is revoked");
    gone.refused(409, "invalid_transition");
}
