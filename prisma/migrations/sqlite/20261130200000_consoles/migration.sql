-- CreateTable
CREATE TABLE "Console" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
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

-- CreateIndex
CREATE UNIQUE INDEX "Console_ticketId_key" ON "Console"("ticketId");

-- CreateIndex
CREATE INDEX "Console_endedAt_idx" ON "Console"("endedAt");

-- CreateIndex
CREATE INDEX "Console_hostId_machine_idx" ON "Console"("hostId", "machine");

-- CreateIndex
CREATE INDEX "Console_actorId_endedAt_idx" ON "Console"("actorId", "endedAt");
