-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Console" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'screen',
    "isViewOnly" BOOLEAN NOT NULL DEFAULT false,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "origin" TEXT,
    "ticketId" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "openedAt" DATETIME,
    "seenAt" DATETIME,
    "endAskedBy" TEXT,
    "endedAt" DATETIME,
    "endReason" TEXT,
    CONSTRAINT "Console_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_Console" ("actorId", "actorKind", "actorName", "createdAt", "endAskedBy", "endReason", "endedAt", "expiresAt", "hostId", "id", "isViewOnly", "machine", "openedAt", "origin", "seenAt", "ticketId") SELECT "actorId", "actorKind", "actorName", "createdAt", "endAskedBy", "endReason", "endedAt", "expiresAt", "hostId", "id", "isViewOnly", "machine", "openedAt", "origin", "seenAt", "ticketId" FROM "Console";
DROP TABLE "Console";
ALTER TABLE "new_Console" RENAME TO "Console";
CREATE UNIQUE INDEX "Console_ticketId_key" ON "Console"("ticketId");
CREATE INDEX "Console_endedAt_idx" ON "Console"("endedAt");
CREATE INDEX "Console_hostId_machine_idx" ON "Console"("hostId", "machine");
CREATE INDEX "Console_actorId_endedAt_idx" ON "Console"("actorId", "endedAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;


