//! The format oci: an image with the library and the extension, and nothing else, as a layout of
//! the Open Container Initiative. CloudNativePG mounts it as an image volume.

use super::archive;
use super::tree::{Kind, Tree};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The first major with `extension_control_path`, which image volumes need.
const SINCE: u32 = 180_000;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Returns an error if the server cannot use an image volume.
pub(super) fn check(server: &Server) -> Result<()> {
    if server.version.num >= SINCE {
        return Ok(());
    }
    Err(Error::new(format!(
        "PostgreSQL {} cannot use an image volume",
        server.version.major
    ))
    .note("the server finds the extension in the volume with extension_control_path, since 18")
    .help("use --format tar or deb for older majors"))
}

/// Writes the image.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let path = output.join(format!("{}.oci.tar", tree.file_stem()));
    let bytes = image(tree).map_err(|e| Error::io(path.display(), &e))?;
    std::fs::write(&path, bytes).map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

fn image(tree: &Tree) -> std::io::Result<Vec<u8>> {
    let place = |kind| match kind {
        Kind::Library => "lib".to_owned(),
        Kind::Extension => "share/extension".to_owned(),
        Kind::Text => "licenses".to_owned(),
    };
    let content = archive::files(tree, place)?;
    let mut blobs = Blobs::default();
    let layer = blobs.add(LAYER, archive::gzip(&content)?);
    let created = SystemTime::UNIX_EPOCH + Duration::from_secs(tree.time);
    let created = humantime::format_rfc3339_seconds(created).to_string();
    let mut config = json!({
        "created": created,
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [digest(&content)] },
    });
    let platform = platform(tree);
    for (name, value) in &platform {
        config[name] = value.clone();
    }
    let config = blobs.add(CONFIG, config.to_string().into_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
        "annotations": {
            "org.opencontainers.image.created": created,
            "org.opencontainers.image.description": tree.description,
            "org.opencontainers.image.licenses": tree.license,
            "org.opencontainers.image.title": tree.name,
            "org.opencontainers.image.version": tree.version,
        },
    });
    let mut manifest = without_null(manifest);
    manifest = blobs.add(MANIFEST, manifest.to_string().into_bytes());
    manifest["platform"] = platform.into();
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": tag(tree) });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest] });
    blobs
        .files
        .insert("index.json".to_owned(), index.to_string().into_bytes());
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    blobs
        .files
        .insert("oci-layout".to_owned(), layout.to_string().into_bytes());
    blobs.archive(tree.time)
}

/// An annotation must be a text, so one without a value is left out.
fn without_null(mut manifest: Value) -> Value {
    if let Some(annotations) = manifest["annotations"].as_object_mut() {
        annotations.retain(|_, value| !value.is_null());
    }
    manifest
}

/// The files of a layout, by path.
#[derive(Default)]
struct Blobs {
    files: BTreeMap<String, Vec<u8>>,
}

impl Blobs {
    /// Adds a blob, and returns its descriptor.
    fn add(&mut self, kind: &str, content: Vec<u8>) -> Value {
        let digest = digest(&content);
        let descriptor = json!({ "mediaType": kind, "digest": digest, "size": content.len() });
        self.files.insert(path(&digest), content);
        descriptor
    }

    fn archive(&self, time: u64) -> std::io::Result<Vec<u8>> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(time);
            header.set_uid(0);
            header.set_gid(0);
            builder.append_data(&mut header, path, content.as_slice())?;
        }
        builder.into_inner()
    }
}

/// Returns the layer of an image.
pub(super) fn open(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file).map_err(|e| Error::io(file.display(), &e))?;
    let files = read(&bytes).map_err(|e| Error::io(file.display(), &e))?;
    let broken = || Error::new(format!("{} is not an image", file.display()));
    let at = |path: &str| files.get(path).ok_or_else(broken);
    let parse = |path: &str| serde_json::from_slice::<Value>(at(path)?).map_err(|_| broken());
    let index = parse("index.json")?;
    let manifest = index["manifests"][0]["digest"]
        .as_str()
        .ok_or_else(broken)?;
    let manifest = parse(&path(manifest))?;
    let layer = manifest["layers"][0]["digest"]
        .as_str()
        .ok_or_else(broken)?;
    archive::gunzip(at(&path(layer))?).map_err(|e| Error::io(file.display(), &e))
}

fn read(bytes: &[u8]) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.insert(path, content);
    }
    Ok(files)
}

fn digest(content: &[u8]) -> String {
    format!("sha256:{}", sha256(content))
}

/// Returns the digits of `sha256sum`.
pub(super) fn sha256(content: &[u8]) -> String {
    let bytes = Sha256::digest(content);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `sha256:abc` is the file `blobs/sha256/abc`.
fn path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn platform(tree: &Tree) -> Map<String, Value> {
    let mut platform = Map::new();
    platform.insert("architecture".to_owned(), tree.machine.oci.into());
    platform.insert("os".to_owned(), "linux".into());
    let variant = tree.machine.variant;
    platform.extend(variant.map(|variant| ("variant".to_owned(), variant.into())));
    platform
}

/// A tag has no `+`.
pub(super) fn tag(tree: &Tree) -> String {
    format!("{}-pg{}", tree.version.replace('+', "_"), tree.major)
}
