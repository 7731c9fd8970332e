//! Model files: a damaged one is never used, and a full disk leaves nothing half-written.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use locutor_models::Store;
use locutor_tests::{DataFolder, Server, command, process};
use serde_json::{Value, json};

const EMBEDDER: &str = "all-minilm-l6-v2";

/// Copies a model from the folder that `make test` filled.
fn copy_model(id: &str, to: &Path) -> Result<PathBuf> {
    let from = Store::default_folder().join(id);
    let to = to.join(id);
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(&from).with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(to)
}

fn flip_byte(path: &Path) -> Result<()> {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    Ok(fs::write(path, bytes)?)
}

fn locutor(models: &Path, arguments: &[&str]) -> Result<std::process::Output> {
    let mut command = Command::new(process::binary()?);
    Ok(command
        .env("LOCUTOR_MODELS_DIR", models)
        .args(arguments)
        .output()?)
}

#[test]
fn the_list_tells_sizes_licences_and_what_is_installed() -> Result<()> {
    let list = command::json(["models", "list", "--json"])?;
    let models = list
        .as_array()
        .or(list["models"].as_array())
        .context("an array")?;
    let model = models.iter().find(|model| model["id"] == EMBEDDER);
    let model = model.with_context(|| list.to_string())?;
    ensure!(model["installed"] == true, "{model}");
    ensure!(
        model["licence"].is_string() || model["license"].is_string(),
        "{model}"
    );
    ensure!(model.to_string().contains("sha256"), "{model}");
    let text = command::text(["models", "list"])?;
    ensure!(text.contains(EMBEDDER) && text.contains("MB"), "{text}");
    Ok(())
}

#[test]
fn a_flipped_byte_is_found_named_and_never_used() -> Result<()> {
    let folder = DataFolder::new()?;
    let models = folder.scratch().join("models");
    let model = copy_model(EMBEDDER, &models)?;
    let verify = ["models", "verify", EMBEDDER, "--json"];
    ensure!(locutor(&models, &verify)?.status.success());
    flip_byte(&model.join("model.safetensors"))?;
    let output = locutor(&models, &verify)?;
    ensure!(!output.status.success());
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        command::complaint(&output)
    );
    ensure!(
        said.contains("model.safetensors") && said.contains("pull"),
        "{said}"
    );
    let models = models.to_str().context("a path in UTF-8")?;
    let server = Server::builder()?
        .environment("LOCUTOR_MODELS_DIR", models)
        .start()?;
    let input = json!({"model": EMBEDDER, "input": "Hello"});
    let reply = server.post("/v1/embeddings", &input)?;
    ensure!(reply.status >= 500, "{}", reply.status);
    let message = reply.json()?["error"]["message"].to_string();
    ensure!(
        message.contains(EMBEDDER) && message.contains("damaged"),
        "{message}"
    );
    server.get("/health/ready")?.expect(200)?;
    Ok(())
}

#[test]
fn a_model_that_is_missing_is_named_with_the_command_that_gets_it() -> Result<()> {
    let folder = DataFolder::new()?;
    let models = folder.scratch().join("models");
    let models = models.to_str().context("a path in UTF-8")?;
    let server = Server::builder()?
        .environment("LOCUTOR_MODELS_DIR", models)
        .start()?;
    let input = json!({"model": EMBEDDER, "input": "Hello"});
    let reply = server.post("/v1/embeddings", &input)?.expect(404)?;
    let said = reply.text();
    ensure!(
        said.contains(&format!("locutor models pull {EMBEDDER}")),
        "{said}"
    );
    Ok(())
}

#[test]
fn unknown_models_are_refused_by_every_command() -> Result<()> {
    for verb in ["pull", "verify", "remove"] {
        let output = command::run(["models", verb, "no-such-model"])?;
        ensure!(!output.status.success());
        let said = command::complaint(&output);
        ensure!(
            said.contains("no-such-model") && said.contains("models list"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_removed_model_is_gone() -> Result<()> {
    let folder = DataFolder::new()?;
    let models = folder.scratch().join("models");
    let model = copy_model(EMBEDDER, &models)?;
    ensure!(
        locutor(&models, &["models", "remove", EMBEDDER])?
            .status
            .success()
    );
    ensure!(!model.exists());
    Ok(())
}

/// A file system of a few megabytes, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where the system does not let this user mount one.
    fn mount(path: PathBuf, megabytes: usize) -> Result<Option<Self>> {
        fs::create_dir_all(&path)?;
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&path)
            .output();
        Ok(mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(path)))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

#[test]
fn a_full_disk_during_an_import_leaves_no_model_that_passes() -> Result<()> {
    let folder = DataFolder::new()?;
    let disk = SmallDisk::mount(folder.scratch().join("disk"), 8)?;
    let Some(disk) = disk else {
        eprintln!("SKIPPED: mounting a small disk needs root");
        return Ok(());
    };
    let source = folder.scratch().join("source");
    copy_model(EMBEDDER, &source)?;
    let source = source.to_str().context("a path in UTF-8")?;
    let output = locutor(&disk.0, &["models", "import", source])?;
    ensure!(!output.status.success());
    let said = command::complaint(&output);
    let understood = ["space", "full"].iter().any(|word| said.contains(word));
    ensure!(understood, "{said}");
    ensure!(
        !locutor(&disk.0, &["models", "verify", EMBEDDER])?
            .status
            .success()
    );
    let listed = locutor(&disk.0, &["models", "list", "--json"])?;
    let listed: Value = serde_json::from_slice(&listed.stdout)?;
    let models = listed
        .as_array()
        .or(listed["models"].as_array())
        .context("an array")?;
    ensure!(models.iter().all(|model| model["installed"] != true));
    Ok(())
}
