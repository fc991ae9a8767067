namespace Fleet.Instances;

/// <summary>Decides what can be taken back. Pure.</summary>
internal static class Restore
{
    /// <summary>The restore point that a rollback of this change goes to, or why there is none.</summary>
    /// <param name="undoes">Empty: the last change that can be taken back.</param>
    public static (RestorePoint? Point, string Reason, string Detail) Find(InstanceState state, string undoes)
    {
        // A change that ended half-way is nearest, whatever was refused or called off since: its way back is what was in force before it.
        if (state.Stuck is { Undoes: "", Ended: { } ended } stuck && (undoes == "" || undoes == stuck.Id))
            return (new(stuck.Id, stuck.Image, stuck.Patch, state.Anchor, ended), "", "");

        var last = state.RestorePoints.LastOrDefault();
        if (last is not null && (undoes == "" || undoes == last.Change)) return (last, "", "");
        if (undoes == "") return (null, "NOTHING_TO_ROLL_BACK", "no change of this instance can be taken back");
        if (state.RestorePoints.Any(p => p.Change == undoes))
            return (null, "NOT_THE_LAST_CHANGE", $"change '{last!.Change}' was committed after '{undoes}': take that back first");
        if (state.Find(undoes) is { } change)
            return (null, "NOT_IN_FORCE", $"change '{undoes}' is {Words.Of(change.Phase)} and not in force: there is nothing to take back");
        return (null, "CHANGE_UNKNOWN", $"this instance remembers no change '{undoes}'");
    }
}
