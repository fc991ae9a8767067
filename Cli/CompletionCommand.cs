using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet completion</c>: the script that lets a shell ask this program for completions.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of fleet in bash. Load it with: source <(fleet completion bash)
        _fleet_complete() {
            local IFS=$'\n'
            local word="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$(fleet "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _fleet_complete fleet
        """;

    public static Command Create(Surroundings surroundings)
    {
        var bash = new Command("bash", "Prints the script for bash: source <(fleet completion bash)");
        bash.SetAction(_ => surroundings.Out.WriteLine(Bash.ReplaceLineEndings("\n")));
        return new Command("completion", "Shell completion.") { bash };
    }
}
