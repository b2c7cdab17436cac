//! A bridge of the instance's own, for build steps that use the network. Docker's default bridge
//! would do for one daemon, but a daemon that manages iptables rewrites the rules of every other
//! daemon on the machine when it starts. So ours manage none: each instance gets a bridge, a subnet
//! and three tagged rules, which `down` removes again. IP forwarding stays on, as Docker leaves it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cmd;

/// The bridge and its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    /// The bridge's name (at most 15 bytes, says the kernel).
    pub(crate) bridge: String,
    /// The third number of its subnet.
    third: u8,
    /// The packet size of the machine's way out: larger ones may be lost silently.
    pub(crate) mtu: u32,
}

impl Network {
    /// A network for the instance in this directory. The name follows from the directory; the
    /// subnet does too, unless it is taken.
    pub(crate) fn choose(directory: &Path) -> Result<Self> {
        let digest = Sha256::digest(directory.as_os_str().as_encoded_bytes());
        let bridge = format!("strake{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]);
        let routes = cmd::output(Command::new("ip").args(["-4", "route"]))?;
        let free = (0..=254).map(|step| digest[3].wrapping_add(step)).find(|&third| {
            let taken = |line: &&str| line.starts_with(&prefix(third)) && !line.contains(&bridge);
            !routes.lines().any(|line| taken(&line))
        });
        let Some(third) = free else { bail!("all subnets of 10.213.0.0/16 are in use") };
        Ok(Self { bridge, third, mtu: way_out(&routes).and_then(device_mtu).unwrap_or(1500) })
    }

    /// Makes the bridge and its rules, as far as they are missing.
    pub(crate) fn raise(&self) -> Result<()> {
        let bridge = self.bridge.as_str();
        if !Path::new("/sys/class/net").join(bridge).exists() {
            cmd::output(ip().args(["link", "add", bridge, "type", "bridge"]))?;
        }
        let address = format!("{}1/24", prefix(self.third));
        let mtu = self.mtu.to_string();
        cmd::output(ip().args(["link", "set", bridge, "address", &self.hardware_address()]))?;
        cmd::output(ip().args(["address", "replace", &address, "dev", bridge]))?;
        cmd::output(ip().args(["link", "set", bridge, "mtu", &mtu, "up"]))?;
        let forwarding = Path::new("/proc/sys/net/ipv4/ip_forward");
        if fs::read_to_string(forwarding)?.trim() != "1" {
            fs::write(forwarding, "1")?;
        }
        for rule in self.rules() {
            if cmd::output(&mut rule.command("-C")).is_err() {
                cmd::output(&mut rule.command("-I"))?;
            }
        }
        Ok(())
    }

    /// An address that stays. Without one of its own, a bridge has that of one of its ports: it changes
    /// as steps come and go, and those that run lose the network until they ask for it again, which
    /// takes them up to a minute. Locally administered, and the bridge's name again.
    fn hardware_address(&self) -> String {
        let digest = Sha256::digest(self.bridge.as_bytes());
        format!("02:73:74:{:02x}:{:02x}:{:02x}", digest[0], digest[1], digest[2])
    }

    /// Removes the rules and the bridge. What is gone already is no error.
    pub(crate) fn lower(&self) {
        for rule in self.rules() {
            while cmd::output(&mut rule.command("-D")).is_ok() {}
        }
        let _ = cmd::output(ip().args(["link", "delete", &self.bridge]));
    }

    fn rules(&self) -> [Rule; 3] {
        let subnet = format!("{}0/24", prefix(self.third));
        let bridge = self.bridge.as_str();
        let answers = "-m conntrack --ctstate RELATED,ESTABLISHED";
        [
            Rule::new(
                bridge,
                "nat",
                "POSTROUTING",
                &format!("-s {subnet} ! -o {bridge}"),
                "MASQUERADE",
            ),
            Rule::new(bridge, "filter", "FORWARD", &format!("-i {bridge}"), "ACCEPT"),
            Rule::new(bridge, "filter", "FORWARD", &format!("-o {bridge} {answers}"), "ACCEPT"),
        ]
    }
}

/// One iptables rule, marked with the bridge's name.
struct Rule {
    table: &'static str,
    chain: &'static str,
    rest: String,
}

impl Rule {
    fn new(
        bridge: &str,
        table: &'static str,
        chain: &'static str,
        matching: &str,
        target: &str,
    ) -> Self {
        let rest = format!("{matching} -m comment --comment {bridge} -j {target}");
        Self { table, chain, rest }
    }

    /// Waits for iptables' lock: other instances may be at work.
    fn command(&self, action: &str) -> Command {
        let mut command = Command::new("iptables");
        command.args(["--wait", "-t", self.table, action, self.chain]);
        command.args(self.rest.split(' '));
        command
    }
}

fn ip() -> Command {
    Command::new("ip")
}

fn prefix(third: u8) -> String {
    format!("10.213.{third}.")
}

/// The device of the default route.
fn way_out(routes: &str) -> Option<&str> {
    let line = routes.lines().find(|line| line.starts_with("default "))?;
    line.split(' ').skip_while(|&word| word != "dev").nth(1)
}

fn device_mtu(device: &str) -> Option<u32> {
    fs::read_to_string(format!("/sys/class/net/{device}/mtu")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_names_the_device() {
        let routes =
            "default via 192.0.2.1 dev eth0 proto static\n192.0.2.0/24 dev eth0 scope link\n";
        assert_eq!(way_out(routes), Some("eth0"));
        assert_eq!(way_out("192.0.2.0/24 dev eth0\n"), None);
    }

    #[test]
    fn a_bridge_has_an_address_of_its_own() {
        let network = |bridge: &str| Network { bridge: bridge.to_owned(), third: 7, mtu: 1500 };
        let address = network("strake000000").hardware_address();
        assert!(address.starts_with("02:73:74:") && address.len() == "02:73:74:00:00:00".len());
        assert_eq!(address, network("strake000000").hardware_address());
        assert_ne!(address, network("strake000001").hardware_address());
    }

    #[test]
    fn rules_are_tagged_with_the_bridge() {
        let network = Network { bridge: "strake000000".to_owned(), third: 7, mtu: 1500 };
        let lines: Vec<String> =
            network.rules().iter().map(|rule| cmd::describe(&rule.command("-I"))).collect();
        assert_eq!(
            lines[0],
            "iptables --wait -t nat -I POSTROUTING -s 10.213.7.0/24 '!' -o strake000000 \
             -m comment --comment strake000000 -j MASQUERADE"
        );
        assert!(lines.iter().all(|line| line.contains("--comment strake000000")));
    }
}
