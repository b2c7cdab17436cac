//! What has to be done to a published tree so that it is the tree of a mount. Pure.
//!
//! The less is done, the smaller is the layer made of it. Only a file whose content, owner or
//! permissions are others is in that layer: times and extended attributes are in the index. A hard
//! link to a file of a lower layer would be in it as a copy of the file, and so would the file: such
//! a link is in the index alone.

use super::tree::{Kind, Node, Tree};

/// What is done with a node of the mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It is there, and stays as it is.
    Keep,
    /// It is there, with another owner or other permissions.
    Touch,
    Write,
    /// It is made, as another name of a file that is made.
    Link,
    /// It is in the index alone.
    IndexOnly,
}

/// Everything that has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delta {
    /// For each node of the mount.
    pub(super) actions: Vec<Action>,
    /// Nodes of the published tree that go, each with what is in it.
    pub(super) removals: Vec<usize>,
}

impl Delta {
    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.removals.is_empty()
            && self.actions.iter().all(|a| matches!(a, Action::Keep | Action::IndexOnly))
    }

    /// The nodes with which this is done.
    pub(super) fn with(&self, wanted: Action) -> impl Iterator<Item = usize> + '_ {
        (0..self.actions.len()).filter(move |id| self.actions[*id] == wanted)
    }
}

/// Makes that name of each file the one which the others are links to, that has its content in the
/// published tree already. `same` says for each node whether its content is there, at its path.
pub(super) fn settle_links(tree: &mut Tree, same: &[bool]) {
    let mut carriers: Vec<usize> = (0..tree.nodes.len()).collect();
    for (id, node) in tree.nodes.iter().enumerate() {
        let Kind::Link(file) = node.kind else { continue };
        if same[id] && !same[file] && carriers[file] == file {
            carriers[file] = id;
        }
    }
    for (id, &carrier) in carriers.iter().enumerate().filter(|(id, carrier)| id != *carrier) {
        let content = std::mem::replace(&mut tree.nodes[id].kind, Kind::Link(carrier));
        tree.nodes[carrier].kind = content;
    }
    for node in &mut tree.nodes {
        if let Kind::Link(file) = &mut node.kind {
            *file = carriers[*file];
        }
    }
}

/// What has to be done. The links are settled.
pub(super) fn delta(tree: &Tree, carried: &Tree, same: &[bool]) -> Delta {
    let twins = tree.twins(carried);
    let mut actions = Vec::with_capacity(tree.nodes.len());
    for (id, node) in tree.nodes.iter().enumerate() {
        let twin = twins[id].map(|twin| &carried.nodes[twin]);
        actions.push(action(node, twin, same[id], |file| same[file]));
    }
    let twins = carried.twins(tree);
    let stays = |id: usize| {
        let action = twins[id].map(|twin| actions[twin]);
        matches!(action, Some(Action::Keep | Action::Touch))
    };
    let mut gone = vec![false; carried.nodes.len()];
    let mut removals = Vec::new();
    let parents = carried.parents();
    for id in 1..carried.nodes.len() {
        gone[id] = gone[parents[id]];
        if !gone[id] && !stays(id) {
            gone[id] = true;
            removals.push(id);
        }
    }
    Delta { actions, removals }
}

fn action(node: &Node, twin: Option<&Node>, same: bool, carries: impl Fn(usize) -> bool) -> Action {
    let is_there = twin.is_some_and(|twin| match (&node.kind, &twin.kind) {
        (Kind::File(_) | Kind::Link(_), Kind::File(_)) => same,
        (Kind::Symlink(target), Kind::Symlink(theirs)) => target == theirs,
        (Kind::Directory(_), Kind::Directory(_)) | (Kind::Fifo, Kind::Fifo) => true,
        _ => false,
    });
    match (twin, &node.kind) {
        (Some(twin), _) if is_there => {
            if is_alike(node, twin) {
                Action::Keep
            } else {
                Action::Touch
            }
        }
        (_, Kind::Link(file)) if carries(*file) => Action::IndexOnly,
        (_, Kind::Link(_)) => Action::Link,
        // A layer has no sockets.
        (_, Kind::Socket) => Action::IndexOnly,
        _ => Action::Write,
    }
}

/// Whether owner and permissions are the same. A symbolic link has no permissions.
fn is_alike(one: &Node, other: &Node) -> bool {
    let modes = one.meta.mode == other.meta.mode || matches!(one.kind, Kind::Symlink(_));
    modes && (one.meta.uid, one.meta.gid) == (other.meta.uid, other.meta.gid)
}

#[cfg(test)]
mod tests {
    use super::super::tree::Paths;
    use super::super::tree::tests::tree;
    use super::*;

    /// What is done, as `+ path` (made), `= path` (linked), `~ path` (touched), `? path` (index
    /// alone) and `- path`. `same` names the files whose content is published.
    fn check(mount: &Tree, carried: &Tree, same: &[&str], expected: &[&str]) {
        let mut mount = mount.clone();
        let paths = Paths::of(&mount);
        let path = |paths: &Paths<'_>, id| paths.path(id).to_str().unwrap().to_owned();
        let same: Vec<bool> =
            (0..mount.nodes.len()).map(|id| same.contains(&path(&paths, id).as_str())).collect();
        settle_links(&mut mount, &same);
        let delta = delta(&mount, carried, &same);
        let paths = Paths::of(&mount);
        let mut lines: Vec<String> = Vec::new();
        let signs = [
            (Action::Write, '+'),
            (Action::Link, '='),
            (Action::Touch, '~'),
            (Action::IndexOnly, '?'),
        ];
        for (action, sign) in signs {
            lines.extend(delta.with(action).map(|id| format!("{sign} {}", path(&paths, id))));
        }
        let paths = Paths::of(carried);
        lines.extend(delta.removals.iter().map(|id| format!("- {}", path(&paths, *id))));
        assert_eq!(lines, expected);
        let empty = expected.iter().all(|line| line.starts_with('?'));
        assert_eq!(delta.is_empty(), empty);
    }

    #[test]
    fn nothing_changed() {
        let all = tree(&["a/", "b 1", "c -> x", "d |", "a/e 1"]);
        check(&all, &all, &["b", "a/e"], &[]);
    }

    #[test]
    fn what_is_new_changed_or_gone() {
        let mount = tree(&["a/", "b 1", "c -> y", "e/", "g 1", "a/n 1"]);
        let carried = tree(&["a/", "b 1", "c -> x", "d/", "e 1", "g/", "a/o 1", "d/p 1", "g/q 1"]);
        let expected =
            ["+ b", "+ c", "+ e", "+ g", "+ a/n", "- b", "- c", "- d", "- e", "- g", "- a/o"];
        check(&mount, &carried, &[], &expected);
    }

    #[test]
    fn owners_and_permissions_are_touched() {
        let mut mount = tree(&["a/", "b 1", "c -> x", "d |", "e 1"]);
        for node in &mut mount.nodes {
            node.meta.uid = 1;
        }
        let mut carried = mount.clone();
        for node in &mut mount.nodes[1..] {
            node.meta.mode = 0o4711;
        }
        carried.nodes[3].meta.mode = 0o777;
        check(&mount, &carried, &["b", "e"], &["~ a", "~ b", "~ d", "~ e"]);
        carried.nodes[3].meta.uid = 2;
        check(&mount, &carried, &["b"], &["+ e", "~ a", "~ b", "~ c", "~ d", "- e"]);
    }

    #[test]
    fn links_within_the_delta_are_links() {
        let mount = tree(&["a 1", "b = a", "c = a"]);
        check(&mount, &Tree::empty(), &[], &["+ a", "= b", "= c"]);
        // Other content is published under two of the names.
        check(&mount, &tree(&["a 1", "c 1"]), &[], &["+ a", "= b", "= c", "- a", "- c"]);
    }

    #[test]
    fn links_to_what_is_published_are_in_the_index() {
        let mount = tree(&["a 1", "b = a", "c = a"]);
        check(&mount, &tree(&["b 1"]), &["b"], &["? a", "? c"]);
        check(&mount, &tree(&["a 1", "b 1"]), &["a", "b"], &["? c"]);
        check(&mount, &tree(&["b 1", "c 2"]), &["b"], &["? a", "? c", "- c"]);
        // The file that carried the content is gone, and only the index knew the other name.
        check(&tree(&["b 1"]), &tree(&["a 1"]), &[], &["+ b", "- a"]);
    }

    #[test]
    fn links_are_settled_on_what_is_published() {
        let mut mount = tree(&["a 1", "b = a", "c = a"]);
        settle_links(&mut mount, &[false, false, true, true]);
        assert_eq!(mount.nodes[1].kind, Kind::Link(2));
        assert!(matches!(mount.nodes[2].kind, Kind::File(_)));
        assert_eq!(mount.nodes[3].kind, Kind::Link(2));
    }

    #[test]
    fn sockets_are_in_the_index() {
        check(&tree(&["a @"]), &tree(&["a 1"]), &[], &["? a", "- a"]);
    }
}
