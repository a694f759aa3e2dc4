use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[actix_web::test]
async fn a_therapist_registers_signs_in_and_reads_the_account() {
    let app = TestApp::spawn().await;
    let ana = app.verified_therapist("ana").await;
    let me = ana.get("/v1/me").await.expect(200);
    assert_eq!(me["email"], "ana@example.org");
    assert!(me["email_verified_at"].is_string());
    let moderator = app.moderator("mod").await;
    assert_eq!(moderator.get("/v1/me").await.expect(200)["platform_role"], "moderator");
    let taken = json!({"email": "ANA@example.org", "password": PASSWORD, "display_name": "Other"});
    app.anonymous().post("/v1/accounts", taken).await.refused(409, "email_taken");
}
