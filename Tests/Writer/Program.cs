using Fleet.Engine.Storage;
using Fleet.Tests.Writer;

// writer open DIR: opens the database and waits for the end of its input.
// writer load DIR: writes without end, and prints "key count" for each write that was acknowledged.
// writer unsafe DIR: the same without syncing anything to the disk, to see that a test notices.
// writer fill DIR: writes until that fails, prints the error, and verifies that all acknowledged writes are there.
try
{
    var (what, directory) = (args[0], args[1]);
    using (var database = StateDatabase.Open(directory, what == "unsafe" ? "OFF" : "FULL"))
    {
        Console.WriteLine("opened");
        switch (what)
        {
            case "open":
                await Console.In.ReadToEndAsync();
                return 0;
            case "load" or "unsafe":
                await new Load(database).Run(writers: 64);
                return 0;
        }

        var fill = new Load(database);
        try
        {
            await fill.Run(writers: 4, bytes: 64 * 1024);
        }
        catch (StateStoreException error)
        {
            Console.WriteLine($"refused: {error.Message}");
        }

        await fill.Verify();
    }

    using var again = StateDatabase.Open(directory);
    Console.WriteLine("verified");
    return 0;
}
catch (StateStoreException error)
{
    Console.WriteLine($"refused: {error.Message}");
    return 2;
}
