use crate::support::TestApp;

#[actix_web::test]
async fn the_service_says_that_it_is_ready() {
    let app = TestApp::spawn().await;
    assert_eq!(app.anonymous().get("/readyz").await.expect(200)["status"], "ok");
}

#[actix_web::test]
async fn statements_are_counted_for_each_server() {
    let (app, other) = (TestApp::spawn().await, TestApp::spawn().await);
    let (before, elsewhere) = (app.statements().await, other.statements().await);
    app.anonymous().get("/v1/organizations").await;
    assert_eq!(other.statements().await, elsewhere);
    assert!(app.statements().await >= before);
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("database_statements_total "), "{metrics}");
}
