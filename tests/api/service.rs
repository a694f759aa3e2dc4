use crate::support::TestApp;

#[actix_web::test]
async fn the_service_says_that_it_is_ready() {
    let app = TestApp::spawn().await;
    assert_eq!(app.anonymous().get("/readyz").await.expect(200)["status"], "ok");
}
