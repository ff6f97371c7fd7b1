//! What the instructions of a request depend on besides the code.

use std::fs;
use std::process::Command;

use crate::process::{self, Result};

/// The compilers, the C library, Valgrind and the processor, as one line.
pub fn describe() -> Result<String> {
    let first_line = |program: &str| -> Result<String> {
        let text = process::output(Command::new(program).arg("--version"))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    };
    // The C library has no program of its own that names its version.
    let programs = ["rustc", "cc", "ldd", "valgrind"].map(first_line).into_iter().collect::<Result<Vec<_>>>()?;
    Ok(format!("Counted with {}, {}.", programs.join(", "), processor(&fs::read_to_string("/proc/cpuinfo")?)))
}

/// The vendor, family and model of the first processor: its name says less in a virtual machine.
fn processor(cpuinfo: &str) -> String {
    let value = |name: &str| {
        let of_name = |line: &str| {
            line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
        };
        cpuinfo.lines().find_map(of_name).unwrap_or_else(|| "unknown".to_owned())
    };
    format!("{} family {} model {}", value("vendor_id"), value("cpu family"), value("model"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_its_vendor_family_and_model() {
        let cpuinfo =
            "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n";
        assert_eq!(processor(cpuinfo), "AuthenticAMD family 26 model 2");
        assert_eq!(processor(""), "unknown family unknown model unknown");
    }
}
