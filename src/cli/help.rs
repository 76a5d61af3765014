//! The `--help` of commands.

use std::ffi::OsString;

use clap::Command;

/// The settings that every command needs: the location of the database, and the public addresses.
const SETTINGS_OF_ALL: [&str; 4] = ["config", "data_dir", "database_url", "public_url"];

/// The commands for which every setting matters.
const OF_ALL_SETTINGS: [&str; 2] = ["serve", "doctor"];

/// Where all settings are.
const WHERE: &str = "All settings: klantportaal serve --help";

/// The command with only the relevant settings in its help: all for the server and the doctor, and
/// a few for other commands, which accept all others too.
pub(super) fn with_fitting_help(command: Command, arguments: &[OsString]) -> Command {
    if subcommand(&command, arguments).is_none_or(|name| OF_ALL_SETTINGS.contains(&name)) {
        return command;
    }
    let command = command.mut_args(|arg| {
        let hides = arg.get_env().is_some() && !SETTINGS_OF_ALL.contains(&arg.get_id().as_str());
        arg.hide(hides)
    });
    command.mut_subcommands(where_the_rest_is)
}

/// The name of the command that the arguments ask for.
pub(super) fn subcommand<'a>(command: &'a Command, arguments: &[OsString]) -> Option<&'a str> {
    let known = || command.get_subcommands().map(Command::get_name);
    arguments.iter().skip(1).find_map(|argument| known().find(|name| *argument == **name))
}

/// Adds a note below the help on where to find all settings.
fn where_the_rest_is(command: Command) -> Command {
    let command = command.mut_subcommands(where_the_rest_is);
    let note = match command.get_after_help() {
        Some(example) => format!("{example}\n\n{WHERE}"),
        None => WHERE.to_owned(),
    };
    command.after_help(note)
}
