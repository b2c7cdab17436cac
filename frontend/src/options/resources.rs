//! Options about what a step's container gets: hosts, limits, memory, processors, network.

use std::net::IpAddr;
use std::str::FromStr;

use strake_llb::{LinuxResources, NetMode};

use super::Ulimit;
use super::values::csv_fields;

/// Names that the kernel's resource limits have in Docker.
const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Highest number of a processor or memory node that BuildKit takes.
const MAX_CPU: u32 = 8192;

/// A row of `host=address`.
pub(super) fn hosts(row: &str) -> Result<Vec<(String, IpAddr)>, String> {
    fields(row)?.iter().map(|field| host(&field.to_lowercase())).collect()
}

fn host(field: &str) -> Result<(String, IpAddr), String> {
    let (name, address) =
        field.split_once('=').ok_or_else(|| format!("`{field}` is not `host=address`"))?;
    let address =
        IpAddr::from_str(address).map_err(|_| format!("`{address}` is not an IP address"))?;
    Ok((name.to_owned(), address))
}

/// A row of `name=soft[:hard]`.
pub(super) fn ulimits(row: &str) -> Result<Vec<Ulimit>, String> {
    fields(row)?.iter().map(|field| ulimit(field)).collect()
}

fn ulimit(field: &str) -> Result<Ulimit, String> {
    let (name, limits) =
        field.split_once('=').ok_or_else(|| format!("`{field}` is not `name=soft[:hard]`"))?;
    if !ULIMITS.contains(&name) {
        return Err(format!("`{name}` is not a limit; the limits are {}", ULIMITS.join(", ")));
    }
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let limit = |text: &str| integer::<i64>(text);
    let (soft, hard) = (limit(soft)?, limit(hard)?);
    if hard != -1 && (soft == -1 || soft > hard) {
        return Err(format!("the soft limit of `{name}` ({soft}) is above the hard one ({hard})"));
    }
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

fn fields(row: &str) -> Result<Vec<String>, String> {
    csv_fields(row).ok_or_else(|| "its quotes do not match".to_owned())
}

pub(super) fn integer<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number in range"))
}

fn positive<T: FromStr + Default + PartialOrd>(text: &str) -> Result<T, String> {
    match integer::<T>(text)? {
        number if number > T::default() => Ok(number),
        _ => Err(format!("`{text}` is not above zero")),
    }
}

/// The network of steps that name none.
pub(super) fn network(text: &str) -> Result<NetMode, String> {
    match text {
        "" | "sandbox" => Ok(NetMode::Sandbox),
        "host" => Ok(NetMode::Host),
        "none" => Ok(NetMode::None),
        _ => Err(format!("`{text}` is not `none`, `host` or `sandbox`")),
    }
}

/// Sets one limit of the control group by its option's key; `None` for a key that is none of them.
pub(super) fn set(
    resources: &mut LinuxResources,
    key: &str,
    value: &str,
) -> Option<Result<(), String>> {
    Some(match key {
        "memory" => positive(value).map(|bytes| resources.memory = bytes),
        "memswap" => memory_swap(value).map(|bytes| resources.memory_swap = bytes),
        "cpushares" => positive(value).map(|shares| resources.cpu_shares = shares),
        "cpuperiod" => positive(value).map(|period| resources.cpu_period = period),
        "cpuquota" => positive(value).map(|quota| resources.cpu_quota = quota),
        "cpusetcpus" => cpu_set(value).map(|set| resources.cpuset_cpus = set),
        "cpusetmems" => cpu_set(value).map(|set| resources.cpuset_mems = set),
        _ => return None,
    })
}

fn memory_swap(value: &str) -> Result<i64, String> {
    if value == "-1" { Ok(-1) } else { positive(value) }
}

/// Checks a set such as `0-3,5` and gives it as it is: the daemon reads it again.
fn cpu_set(value: &str) -> Result<String, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= MAX_CPU);
    let element = |part: &str| match part.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| low <= high),
        None => number(part).is_some(),
    };
    match value.split(',').find(|part| !part.trim().is_empty() && !element(part)) {
        Some(part) => Err(format!("`{part}` is neither a number up to {MAX_CPU} nor a range")),
        None => Ok(value.to_owned()),
    }
}
