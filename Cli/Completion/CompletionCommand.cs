using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet completion</c>: the script that lets a shell ask this program for completions.</summary>
internal static class CompletionCommand
{
    // What the program offers is taken as it is: given to compgen -W, the shell would run what a name may contain.
    private const string Bash = """
        # Completion of fleet in bash. Load it with: source <(fleet completion bash)
        _fleet_complete() {
            mapfile -t COMPREPLY < <("$1" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            # bash takes '=' and ':' for the ends of words, and replaces only what stands after them.
            local word="${COMP_LINE:0:COMP_POINT}"
            word="${word##*[[:space:]]}"
            local kept="${word%"${word##*[=:]}"}" i
            for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]="${COMPREPLY[i]#"$kept"}"; done
        }
        complete -o default -F _fleet_complete fleet
        """;

    private const string Zsh = """
        #compdef fleet
        # Completion of fleet in zsh. Load it with: source <(fleet completion zsh)
        _fleet() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a offered
            offered=("${(@f)$("$words[1]" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            offered=("${(@)offered:#}")
            if (( ${#offered} )); then compadd -a offered; else _files; fi
        }
        compdef _fleet fleet
        """;

    private const string Fish = """
        # Completion of fleet in fish. Load it with: fleet completion fish | source
        function __fleet_complete
            set -l line (commandline -cp | string collect)
            set -l offered (fleet "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            if test (count $offered) -gt 0
                printf '%s\n' $offered
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c fleet -f -a '(__fleet_complete)'
        """;

    public static Command Create(Surroundings surroundings) => new("completion", "Shell completion, of commands, options, and names that the engine knows.")
    {
        Script(surroundings, "bash", "source <(fleet completion bash)", Bash),
        Script(surroundings, "zsh", "source <(fleet completion zsh)", Zsh),
        Script(surroundings, "fish", "fleet completion fish | source", Fish),
    };

    private static Command Script(Surroundings surroundings, string shell, string load, string script)
    {
        var command = new Command(shell, $"Prints the script for {shell}: {load}");
        command.SetAction(_ => surroundings.Out.WriteLine(script.ReplaceLineEndings("\n")));
        return command;
    }
}
