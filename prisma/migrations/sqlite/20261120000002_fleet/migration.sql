-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "rollout" JSONB;

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "heldBy" TEXT;
ALTER TABLE "MountOnHost" ADD COLUMN "overrides" JSONB;

-- CreateTable
CREATE TABLE "MountEvent" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "mountId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "error" TEXT,
    "problem" TEXT
);

-- Columns are added and the table is not made anew: dropping a table deletes the rows that refer to it.
ALTER TABLE "Mount" ADD COLUMN "targets" TEXT NOT NULL DEFAULT 'hosts';
ALTER TABLE "Mount" ADD COLUMN "targetLabels" JSONB;
ALTER TABLE "Mount" ADD COLUMN "onDrift" TEXT NOT NULL DEFAULT 'report';

-- CreateIndex
CREATE INDEX "MountEvent_mountId_hostId_id_idx" ON "MountEvent"("mountId", "hostId", "id");

-- CreateIndex
CREATE INDEX "MountEvent_at_idx" ON "MountEvent"("at");
