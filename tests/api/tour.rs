//! The tour of the README, as printed.

use std::{fs, path::Path, process::Command};

use crate::support::Installation;

#[actix_web::test]
async fn the_tour_of_the_readme_works_as_printed() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("the tour is not tried: there is no curl here");
        return;
    }
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let tour = readme.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let (base, program) = ("BASE=http://127.0.0.1:8080\n", "target/release/support-network ");
    assert!(tour.starts_with(base) && tour.matches(program).count() == 1, "{tour}");

    let place = Installation::new().await;
    let server = place.start().await;
    let tour = tour.replace(base, &format!("BASE={}\n", server.base));
    let tour = tour.replace(program, &format!("{} ", env!("CARGO_BIN_EXE_support-network")));
    let settings = place.command(&[]);
    let settings = settings.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let output = Command::new("bash")
        .args(["-c", &format!("set -euo pipefail\nshopt -s inherit_errexit\n{tour}")])
        .current_dir(place.folder())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(settings)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{words}");
    for part in [
        r#""name":"American Counseling Association""#,
        r#""verification":"self_reported""#,
        "ana@example.org is now Admin",
        r#""status":"requested""#,
        r#""display_name":"Ben Okafor","kind":"organization""#,
        r#""organization_name":"Bay Area Trauma Therapists""#,
        r##""pointer":"#/kind""##,
        r#""mend":"#,
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
}
