namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The shell scripts that set a slot up, written out for the shells that run them.</summary>
internal sealed class Scripts
{
    private readonly string _directory;

    public Scripts(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        foreach (var name in (string[])["launch.sh", "enter.sh", "exec.sh"])
        {
            using var source = typeof(Scripts).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"resource {name} is missing");
            using var aside = File.Create(PathOf(name) + ".new");
            source.CopyTo(aside);
            aside.Close();
            File.Move(PathOf(name) + ".new", PathOf(name), overwrite: true);
        }
    }

    public string Launch => PathOf("launch.sh");
    public string Enter => PathOf("enter.sh");
    public string Exec => PathOf("exec.sh");

    private string PathOf(string name) => Path.Combine(_directory, name);
}
