//! A file operation as text: one line for each action, `a1`, `a2`, ... being their results.

use strake_proto::pb;
use strake_proto::pb::file_action::Action;

use super::{Lines, nth_input};
use crate::decode::DecodedOp;

pub(super) fn write(out: &mut Lines, op: &DecodedOp, file: &pb::FileOp) {
    for (at, action) in file.actions.iter().enumerate() {
        // The result of the action before is what an action stands on, unless said otherwise.
        let before = op.inputs.len() as i64 + at as i64 - 1;
        let on = match action.input {
            input if at > 0 && input == before => String::new(),
            input => format!(" on {}", name(op, input)),
        };
        let output = if action.output < 0 { String::new() } else { output(action.output) };
        out.line(format_args!("  {}{on}{output}", text(op, action)));
    }
}

fn output(index: i64) -> String {
    format!(" => [{index}]")
}

/// An input of the operation, or the result of one of its actions.
fn name(op: &DecodedOp, index: i64) -> String {
    match index.checked_sub(op.inputs.len() as i64) {
        Some(action) if action >= 0 => format!("a{}", action.saturating_add(1)),
        _ => nth_input(op, index),
    }
}

fn text(op: &DecodedOp, action: &pb::FileAction) -> String {
    match &action.action {
        Some(Action::Copy(copy)) => {
            let from = name(op, action.secondary_input);
            format!("copy {from}:{} {}{}", copy.src, copy.dest, copy_options(op, copy))
        }
        Some(Action::Mkfile(file)) => {
            let rest = rest(op, file.owner.as_ref(), file.timestamp);
            let data = String::from_utf8_lossy(&file.data);
            format!("mkfile {} {:04o}{rest} {data:?}", file.path, file.mode)
        }
        Some(Action::Mkdir(dir)) => {
            let parents = if dir.make_parents { " parents" } else { "" };
            let rest = rest(op, dir.owner.as_ref(), dir.timestamp);
            format!("mkdir {} {:04o}{parents}{rest}", dir.path, dir.mode)
        }
        Some(Action::Rm(rm)) => {
            let missing = if rm.allow_not_found { " allow-not-found" } else { "" };
            let wildcard = if rm.allow_wildcard { " wildcard" } else { "" };
            format!("rm {}{missing}{wildcard}", rm.path)
        }
        Some(Action::Symlink(link)) => {
            let rest = rest(op, link.owner.as_ref(), link.timestamp);
            format!("symlink {} -> {}{rest}", link.newpath, link.oldpath)
        }
        None => "unknown".to_owned(),
    }
}

fn copy_options(op: &DecodedOp, copy: &pb::FileActionCopy) -> String {
    let mut text = String::new();
    if !copy.mode_str.is_empty() {
        text.push_str(&format!(" mode={}", copy.mode_str));
    } else if copy.mode >= 0 {
        text.push_str(&format!(" mode={:04o}", copy.mode));
    }
    let flags = [
        (copy.follow_symlink, " follow-symlinks"),
        (copy.dir_copy_contents, " dir-contents"),
        (copy.attempt_unpack_docker_compatibility, " unpack"),
        (copy.create_dest_path, " create-dest-path"),
        (copy.allow_wildcard, " wildcard"),
        (copy.allow_empty_wildcard, " allow-empty-wildcard"),
        (copy.always_replace_existing_dest_paths, " replace"),
    ];
    text.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag));
    let lists = [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("require", &copy.required_paths),
    ];
    for (name, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        text.push_str(&format!(" {name}={list:?}"));
    }
    text + &rest(op, copy.owner.as_ref(), copy.timestamp)
}

fn rest(op: &DecodedOp, owner: Option<&pb::ChownOpt>, timestamp: i64) -> String {
    let user = |user: Option<&pb::UserOpt>| match user.and_then(|user| user.user.as_ref()) {
        Some(pb::user_opt::User::ById(id)) => id.to_string(),
        Some(pb::user_opt::User::ByName(user)) => {
            format!("{}@{}", user.name, name(op, user.input))
        }
        None => String::new(),
    };
    let owner = owner.map(|owner| match (&owner.user, &owner.group) {
        (owner, None) => format!(" owner={}", user(owner.as_ref())),
        (owner, group) => format!(" owner={}:{}", user(owner.as_ref()), user(group.as_ref())),
    });
    let time = (timestamp >= 0).then(|| format!(" time={timestamp}"));
    owner.unwrap_or_default() + &time.unwrap_or_default()
}
